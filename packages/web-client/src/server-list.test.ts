import { serverUrls, urlsIn } from './server-list.ts';

const ORIGIN = 'http://server1.example:8081';

function answerWith(body: unknown): void {
  jest.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(body));
}
afterEach(() => jest.restoreAllMocks());

test('the server of the page comes first, and none twice', async () => {
  answerWith({
    clusterId: 'c',
    servers: [
      { name: 'server2', url: 'http://server2.example:8082/' },
      { name: 'server1', url: ORIGIN },
    ],
  });
  expect(await serverUrls(ORIGIN)).toEqual([ORIGIN, 'http://server2.example:8082']);
});

test('without the list the page goes on with its own server', async () => {
  jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed'));
  expect(await serverUrls(ORIGIN)).toEqual([ORIGIN]);
  jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('<!doctype html>'));
  expect(await serverUrls(ORIGIN)).toEqual([ORIGIN]);
});

test.each([undefined, null, 'x', [], {}, { servers: 'x' }, { servers: [null, 1, {}, { url: 1 }, { url: '' }, { url: 'nonsense' }] }])(
  '%j holds no addresses',
  (config) => {
    expect(urlsIn(config)).toEqual([]);
  },
);
