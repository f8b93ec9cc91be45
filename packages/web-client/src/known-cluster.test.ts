import { hintsIn, knownCluster } from './known-cluster.ts';

const ORIGIN = 'http://server1.example:8081';

afterEach(() => jest.restoreAllMocks());

test('what the server of the page tells of its cluster', async () => {
  const config = { clusterId: 'c', servers: [{ name: 'server2', url: 'http://server2.example:8082/' }, { name: 'server1', url: ORIGIN }] };
  const fetched = jest.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(config));
  expect(await knownCluster(ORIGIN)).toEqual({ clusterId: 'c', servers: ['http://server2.example:8082', ORIGIN] });
  expect(fetched.mock.calls[0]?.[0]).toBe(`${ORIGIN}/config.json`);
});

test('without it the page goes on with its own server', async () => {
  const nothing = { clusterId: undefined, servers: [] };
  jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed'));
  expect(await knownCluster(ORIGIN)).toEqual(nothing);
  jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('<!doctype html>'));
  expect(await knownCluster(ORIGIN)).toEqual(nothing);
});

test.each([undefined, null, 'x', [], {}, { servers: 'x' }, { clusterId: 1, servers: [null, 1, {}, { url: 1 }, { url: '' }, { url: 'nonsense' }] }])(
  '%j says nothing',
  (config) => {
    expect(hintsIn(config)).toEqual({ clusterId: undefined, servers: [] });
  },
);
