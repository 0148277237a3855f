import { WebSocketServer } from 'ws';
import { log, node } from './log.js';

const LARGEST_MESSAGE = 1024 * 1024;
const GOING_AWAY = 1001;

/** Serves /ws, which sends every message back; returns what closes the open connections. */
export function serveEcho(server) {
  const echo = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  echo.on('headers', (headers) => headers.push(`X-Served-By: ${node}`));
  echo.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    socket.on('error', (error) => log('warning', 'a websocket failed', { error: error.message }));
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url.split('?', 1)[0] !== '/ws') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    echo.handleUpgrade(request, socket, head, (opened) => echo.emit('connection', opened));
  });
  return () => {
    for (const client of echo.clients) client.close(GOING_AWAY, 'this node is stopping');
  };
}
