import { screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { press, renderPage, settle, type } from '../testing/render-page.tsx';

const search = (): HTMLElement => screen.getByLabelText('Search');
const focusedName = (): string | undefined | null => document.activeElement?.querySelector('.item-name')?.textContent;
const pressHere = (key: string): boolean => press(document.activeElement as HTMLElement, key);

function renderList(): void {
  renderPage(MemoryParley.signedIn('alice', ['bob', 'carol', 'dave']));
  search().focus();
}

test('arrow keys, Home and End lead through the list, and back into the search', () => {
  renderList();
  pressHere('ArrowDown');
  expect(focusedName()).toBe('bob');
  pressHere('ArrowDown');
  expect(focusedName()).toBe('carol');
  pressHere('End');
  expect(focusedName()).toBe('dave');
  expect(pressHere('ArrowDown')).toBe(true);
  pressHere('Home');
  expect(focusedName()).toBe('bob');
  pressHere('ArrowUp');
  expect(document.activeElement).toBe(search());
});

test('Enter in the search opens what is found first', async () => {
  renderList();
  type('Search', 'ca');
  await settle(() => press(search(), 'Enter'));
  expect(screen.getByRole('log', { name: 'Conversation with carol' })).toBeTruthy();
});

test('Enter in an empty search opens nothing', async () => {
  renderList();
  await settle(() => press(search(), 'Enter'));
  expect(screen.queryByRole('log')).toBeNull();
});

test('Escape and the button empty the search and keep the focus there', async () => {
  renderList();
  type('Search', 'ca');
  await settle(() => press(search(), 'Escape'));
  expect(search()).toHaveProperty('value', '');
  type('Search', 'ca');
  await settle(() => screen.getByRole('button', { name: 'Clear the search' }).click());
  expect(search()).toHaveProperty('value', '');
  expect(document.activeElement).toBe(search());
  expect(screen.getAllByRole('link')).toHaveLength(3);
});
