import { HOME, hrefOf, routeOf } from './route.ts';

test.each([
  ['', HOME],
  ['#', HOME],
  ['#conversation=abc', { conversationId: 'abc', panel: undefined }],
  ['#conversation=abc&panel=servers', { conversationId: 'abc', panel: 'servers' }],
  ['#panel=settings', { conversationId: undefined, panel: 'settings' }],
  ['#conversation=abc&panel=details', { conversationId: 'abc', panel: 'details' }],
  ['#panel=other&conversation=', HOME],
])('%j', (fragment, route) => expect(routeOf(fragment)).toEqual(route));

test('what is written is read again', () => {
  for (const route of [HOME, { conversationId: 'a b&c', panel: 'servers' as const }]) expect(routeOf(hrefOf(route))).toEqual(route);
});
