import { act, screen } from '@testing-library/react';
import { MemoryParley } from '../testing/memory-parley.ts';
import { clickButton, renderPage } from '../testing/render-page.tsx';

test('[U2] the person is told by which name they are shown now, until they dismiss it', async () => {
  const parley = MemoryParley.signedIn('zoe', ['bob']);
  renderPage(parley);
  expect(screen.queryByText(/You are shown as/)).toBeNull();
  act(() => parley.set({ sharedName: { shown: 'zoe~k3f9', claimed: 'zoe' } }));
  expect(screen.getByRole('region', { name: 'Your name' }).textContent).toContain(
    'You are shown as zoe~k3f9 now: somebody else had claimed “zoe” first, on a server that yours could not reach. Your messages and your password stay, and you sign in with either name.',
  );
  await clickButton('Got it');
  expect(screen.queryByText(/You are shown as/)).toBeNull();
  expect(parley.callsOf('dismissSharedName')).toHaveLength(1);
});
