import { render, screen } from '@testing-library/react';
import { clickButton } from '../testing/render-page.tsx';
import { Menu } from './menu.tsx';

const BUTTON_PX = 32;
const LIST_PX = 192;
const WINDOW_PX = 320;
const asItIs = window.innerWidth;

afterEach(() => {
  window.innerWidth = asItIs;
  jest.restoreAllMocks();
});

const rectOf = (left: number, width: number): DOMRect => ({ left, right: left + width, top: 0, bottom: BUTTON_PX, width, height: BUTTON_PX }) as DOMRect;

/** jsdom lays nothing out: the button is at `buttonLeft`, and its list where its side, and what it was moved by since, put it. */
function layOut(buttonLeft: number): void {
  window.innerWidth = WINDOW_PX;
  jest.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockImplementation(function rect(this: HTMLElement) {
    if (this.getAttribute('role') !== 'menu') return rectOf(buttonLeft, BUTTON_PX);
    const left = this.dataset['side'] === 'left' ? buttonLeft : buttonLeft + BUTTON_PX - LIST_PX;
    return rectOf(left + Number.parseFloat(this.style.getPropertyValue('translate') || '0'), LIST_PX);
  });
}

test.each([0, 100, 143, 145, 180, WINDOW_PX - BUTTON_PX])('no part of the list of a button at %i px is outside of a narrow window', async (buttonLeft) => {
  layOut(buttonLeft);
  render(<Menu name="Actions" items={[{ name: 'Reply', run: () => undefined }]} describedBy="" tabIndex={0} />);
  await clickButton('Actions');
  const { left, right } = screen.getByRole('menu').getBoundingClientRect();
  expect(left).toBeGreaterThanOrEqual(0);
  expect(right).toBeLessThanOrEqual(WINDOW_PX);
});
