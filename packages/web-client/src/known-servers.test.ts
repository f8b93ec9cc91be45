import { knownServers, urlsIn } from './known-servers.ts';

const ORIGIN = 'http://server1.example:8081';

afterEach(() => jest.restoreAllMocks());

test('what the server of the page tells', async () => {
  const config = { clusterId: 'c', servers: [{ name: 'server2', url: 'http://server2.example:8082/' }, { name: 'server1', url: ORIGIN }] };
  const fetched = jest.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(config));
  expect(await knownServers(ORIGIN)).toEqual(['http://server2.example:8082', ORIGIN]);
  expect(fetched.mock.calls[0]?.[0]).toBe(`${ORIGIN}/config.json`);
});

test('without it the page goes on with its own server', async () => {
  jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed'));
  expect(await knownServers(ORIGIN)).toEqual([]);
  jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('<!doctype html>'));
  expect(await knownServers(ORIGIN)).toEqual([]);
});

test.each([undefined, null, 'x', [], {}, { servers: 'x' }, { servers: [null, 1, {}, { url: 1 }, { url: '' }, { url: 'nonsense' }] }])(
  '%j holds no addresses',
  (config) => {
    expect(urlsIn(config)).toEqual([]);
  },
);
