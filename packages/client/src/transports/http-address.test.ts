import { normalizeHttpAddress } from './http-address.ts';

test.each([
  ['server4:8084', 'http://server4:8084'],
  [' http://Server4.example:8084/ ', 'http://server4.example:8084'],
  ['https://chat.example/', 'https://chat.example'],
  ['https://example.org/parley//', 'https://example.org/parley'],
  ['192.168.1.7:8081', 'http://192.168.1.7:8081'],
  ['http://[::1]:8081', 'http://[::1]:8081'],
  ['http://chat.example:80', 'http://chat.example'],
])('%s is %s', (typed, address) => {
  expect(normalizeHttpAddress(typed, 'http:')).toBe(address);
});

test.each(['', '   ', 'http://', 'ftp://server4:21', 'two words', 'http://user:secret@server4', 'server4:99999', 'javascript://alert(1)'])('%j is no address', (typed) => {
  expect(normalizeHttpAddress(typed, 'http:')).toBeUndefined();
});

test('an address without a scheme gets that of the page', () => {
  expect(normalizeHttpAddress('server4:8084', 'https:')).toBe('https://server4:8084');
  expect(normalizeHttpAddress('server4:8084', undefined)).toBe('http://server4:8084');
});
