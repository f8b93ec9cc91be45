import { connect, createServer, type Server } from 'node:net';
import { TestCluster } from './cluster.ts';
import { as, createPerson, sendTo } from './people.ts';

/** A TCP tunnel as ngrok makes one: whatever comes to `port` goes on to `target`, once that is known. */
class Tunnel {
  target = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (near) => {
      const far = connect(this.target, '127.0.0.1');
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => [near, far].forEach((each) => each.destroy()));
    });
  }

  static open(): Promise<Tunnel> {
    return new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(new Tunnel(server)));
    });
  }

  get address(): string {
    const bound = this.#server.address();
    return `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
  }

  close(): void {
    this.#server.close();
  }
}

test('replicas on several machines meet through TCP tunnels, by --advertise and --public-url', async () => {
  const cluster = new TestCluster();
  const tunnels = await Promise.all([Tunnel.open(), Tunnel.open(), Tunnel.open()]);
  const seeds = tunnels.map(({ address }) => address);
  for (const [index, tunnel] of tunnels.entries()) {
    const replica = await cluster.begin(`machine${index + 1}`, { seeds, advertise: tunnel.address, publicUrl: `http://${tunnel.address}` });
    tunnel.target = replica.server.grpcPort;
  }
  await Promise.all([...cluster.replicas.values()].map(({ server }) => server.ready));
  await cluster.settled();
  const alice = await createPerson(cluster.get('machine1').caller, 'alice');
  const { copies } = await sendTo(as(cluster.get('machine3').caller, alice), alice, 'through three tunnels');
  expect(copies).toMatchObject({ stored: 3, replicas: 3 });
  const { replicas } = await cluster.get('machine2').caller.call('getCluster', {});
  expect(replicas.map(({ address, publicUrl }) => [address, publicUrl])).toEqual(seeds.map((address) => [address, `http://${address}`]));
  await cluster.close();
  for (const tunnel of tunnels) tunnel.close();
}, 30_000);
