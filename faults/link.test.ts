import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Link } from './link.ts';

/** A server that answers every chunk with itself in capitals, and says what it heard. */
async function openEcho(): Promise<{ server: Server; port: number; heard: string[]; sockets: Socket[] }> {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard.push(String(chunk));
      socket.write(String(chunk).toUpperCase());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0, heard, sockets };
}

async function open(link: Link): Promise<Socket> {
  const socket = connect(link.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = await once(socket, 'data');
  return String(answer);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a link', () => {
  let echo: Awaited<ReturnType<typeof openEcho>>;
  let link: Link;
  beforeEach(async () => {
    echo = await openEcho();
    link = await Link.open('a>b', echo.port);
  });
  afterEach(() => {
    link.close();
    echo.server.close();
  });

  test('passes bytes both ways', async () => {
    expect(await ask(await open(link), 'hello')).toBe('HELLO');
  });

  test('that holds one way lets the other end hear, and answer in vain', async () => {
    const socket = await open(link);
    await ask(socket, 'hello');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    link.hold({ forth: false, back: true });
    socket.write('late');
    await until(() => echo.heard.includes('late'));
    expect(answer).toBe('');
    link.heal('release');
    await until(() => answer === 'LATE');
  });

  test('that is a black hole takes connections and tells of nothing; mended by reset, they end', async () => {
    link.hold({ forth: true, back: true });
    const socket = await open(link);
    socket.write('into the void');
    link.heal('reset');
    await until(() => socket.destroyed);
    expect(echo.heard).toEqual([]);
    expect(await ask(await open(link), 'again')).toBe('AGAIN');
  });

  test('that was a black hole and has forgotten a connection lets it stay dead without a word; new ones are well', async () => {
    const socket = await open(link);
    await ask(socket, 'hello');
    link.hold({ forth: true, back: true });
    socket.write('nobody hears this');
    link.heal('forget');
    expect(await ask(await open(link), 'new')).toBe('NEW');
    expect(echo.heard).toEqual(['hello', 'new']);
    expect(socket.destroyed).toBe(false);
  });

  test('that held a connection while its server ended tells of the end once it is released', async () => {
    const socket = await open(link);
    await ask(socket, 'hello');
    link.hold({ forth: false, back: true });
    echo.sockets.forEach((each) => each.destroy());
    await until(() => echo.sockets.every((each) => each.closed));
    link.heal('release');
    await until(() => socket.destroyed || socket.readableEnded);
  });

  test('that is delayed passes everything late, in order', async () => {
    const socket = await open(link);
    link.delay(30);
    const before = performance.now();
    expect(await ask(socket, 'one')).toBe('ONE');
    // Timers may be a millisecond early.
    expect(performance.now() - before).toBeGreaterThan(55);
    socket.write('two');
    await until(() => echo.heard.includes('two'));
    link.delay(0);
    expect(await ask(socket, 'three')).toBe('TWO');
    await until(() => echo.heard.join(' ') === 'one two three');
  });

  test('that refuses resets what there is and what comes', async () => {
    const socket = await open(link);
    await ask(socket, 'hello');
    link.refuse();
    await until(() => socket.destroyed);
    const late = connect(link.port, '127.0.0.1');
    late.on('error', () => {});
    await until(() => late.destroyed);
    link.heal('reset');
    expect(await ask(await open(link), 'back')).toBe('BACK');
  });
});
