/** Makes React's warning that something changed outside of act() a failure of the test in which it came: what that test saw may have been half done. */

const warnings: unknown[] = [];
const print = console.error;
console.error = (...args: unknown[]): void => {
  if (/not wrapped in act/.test(String(args[0]))) warnings.push(args[1]);
  print(...args);
};

afterEach(() => {
  const changed = warnings.splice(0);
  if (changed.length > 0) throw new Error(`changed outside of act(): ${changed.join(', ')}`);
});
