/**
 * Loaded into a server's process with `--import`, before anything of it: connections to a port of this machine go to another one. That gives each
 * directed pair of replicas a link of its own, although each replica has one address; the server runs as it is.
 *
 * Its own URL tells the way: `reroute.mjs?21001=40001&21002=40002`.
 */
import { Socket } from 'node:net';

const routes = new Map([...new URL(import.meta.url).searchParams].map(([from, to]) => [Number(from), Number(to)]));
const connect = Reflect.get(Socket.prototype, 'connect');

Socket.prototype.connect = function (...args) {
  // net.connect has made an array of its arguments already, and gives that.
  const [options, connected] = Array.isArray(args[0]) ? args[0] : args;
  const port = routes.get(Number(options?.port));
  return port === undefined ? connect.apply(this, args) : connect.call(this, { ...options, port }, connected);
};
