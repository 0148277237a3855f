import os from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const KEPT_TIMES = 1000;

/** What this process measured of itself and of the requests it answered. */
export class Metrics {
  constructor() {
    this.total = 0;
    this.active = 0;
    this.errors = 0;
    this.times = [];
    this.lastCpu = { usage: process.cpuUsage(), at: performance.now() };
    this.delay = monitorEventLoopDelay({ resolution: 20 });
    this.delay.enable();
  }

  /** Counts a request from now until its response is closed. */
  follow(response, onEnd) {
    const started = performance.now();
    this.total += 1;
    this.active += 1;
    response.once('close', () => {
      const milliseconds = performance.now() - started;
      this.active -= 1;
      if (response.statusCode >= 500) this.errors += 1;
      this.times.push(milliseconds);
      if (this.times.length > KEPT_TIMES) this.times.shift();
      onEnd(milliseconds);
    });
  }

  /** The figures as of now; CPU and event-loop figures cover the time since the last call. */
  figures() {
    const memory = process.memoryUsage();
    const sorted = [...this.times].sort((one, other) => one - other);
    const figures = {
      uptimeSeconds: Math.round(process.uptime()),
      memory: {
        rssBytes: memory.rss,
        heapUsedBytes: memory.heapUsed,
        hostTotalBytes: os.totalmem(),
        hostFreeBytes: os.freemem(),
      },
      cpu: { percent: this.cpuPercent(), cores: os.cpus().length, load: os.loadavg() },
      eventLoopLagMs: {
        p50: rounded(this.delay.percentile(50) / 1e6),
        p99: rounded(this.delay.percentile(99) / 1e6),
        max: rounded(this.delay.max / 1e6),
      },
      requests: { total: this.total, active: this.active, errors: this.errors },
      responseTimeMs: {
        p50: percentile(sorted, 50),
        p95: percentile(sorted, 95),
        p99: percentile(sorted, 99),
      },
    };
    this.delay.reset();
    return figures;
  }

  cpuPercent() {
    const now = { usage: process.cpuUsage(), at: performance.now() };
    const { user, system } = process.cpuUsage(this.lastCpu.usage);
    const share = (user + system) / 1000 / Math.max(now.at - this.lastCpu.at, 1);
    this.lastCpu = now;
    return rounded(share * 100);
  }
}

function percentile(sorted, percent) {
  if (sorted.length === 0) return null;
  return rounded(sorted[Math.ceil((percent / 100) * sorted.length) - 1]);
}

function rounded(value) {
  return Math.round(value * 100) / 100;
}
