import { fieldsOf } from './kept-texts.ts';

test('what was kept and is damaged has no fields, and breaks nothing', () => {
  expect(fieldsOf<{ a: number }>('{"a":1}')).toEqual({ a: 1 });
  for (const damaged of ['', '{"a":', 'null', '7', '"text"']) expect(fieldsOf(damaged)).toEqual({});
});
