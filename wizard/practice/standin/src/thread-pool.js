// A hung mount keeps one thread of libuv's pool per pending call. The pool's default of four would
// be used up by the five shared directories, and name look-ups would hang with them.
// Imported first: the size is read when the pool is first used.
process.env.UV_THREADPOOL_SIZE ??= '32';
