import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ARGUMENTS, CALL_NAMES } from '../../spec/index.ts';
import { calls, faulty, programs, resultOf } from './arbitrary.ts';
import { type Program, parseProgram, printCall, printProgram, printResult, renderErrors } from './index.ts';
import { argumentKinds } from './syntax.ts';

function parsed(text: string): Program {
  const result = parseProgram(text);
  if (!result.ok) throw new Error(renderErrors(result.errors));
  return result.program;
}

test('the table has every argument of every call', () => {
  for (const name of CALL_NAMES) expect(argumentKinds(name), name).toHaveLength(ARGUMENTS[name].length);
});

describe('what is written is read back', () => {
  test('programs', () => {
    fc.assert(
      fc.property(programs(), (program) => {
        expect(parsed(printProgram(program))).toEqual(program);
      }),
      { numRuns: 3000 },
    );
  });

  test('programs with faults', () => {
    fc.assert(
      fc.property(faulty, (program) => {
        expect(parsed(printProgram(program))).toEqual(program);
      }),
      { numRuns: 2000 },
    );
  });

  test('with CRLF, blank lines and white space between words', () => {
    fc.assert(
      fc.property(faulty, fc.constantFrom(' ', '\t', '  \t'), (program, space) => {
        const text = printProgram(program)
          .split('\n')
          // Blank lines only below the first call: above it they end the header.
          .map((line) =>
            line.startsWith('#') ? `${line} \t\r\n` : ` ${line.replaceAll(', ', `${space},${space}`)}${space}\r\n\r\n`,
          )
          .join('');
        expect(parsed(text)).toEqual(program);
      }),
    );
  });

  test('calls of a step, with their results', () => {
    fc.assert(
      fc.property(
        calls.chain((call) => fc.tuple(fc.constant(call), resultOf(call.name))),
        ([call, result]) => {
          const [line] = parsed(`${printCall(call)} = ${printResult(call.name, result)}`).lines;
          expect(line?.name).toBe(call.name);
          expect(line?.operands).toEqual(call.args.map((offset) => ({ base: null, offset })));
          expect(line?.expect).toEqual(result);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('reading is total', () => {
  const alphabet = fc.constantFrom(
    ...'r0(){}=,|+-*#"x1 \t\r\n\u2028é😀_A/?',
    'MREMAP_FIXED',
    'load(',
    'r0 = ',
    '(fault ',
    '/* MAP_??? */',
    '18446744073709551616',
  );

  /** Whatever the text: a valid program, or errors that lie in the text and can be shown. */
  function check(text: string): void {
    const result = parseProgram(text, 'f');
    if (result.ok) {
      expect(parsed(printProgram(result.program))).toEqual(result.program);
      return;
    }
    const lines = text.split('\n');
    expect(result.errors.length).toBeGreaterThan(0);
    expect(new Set(result.errors.map((e) => e.line)).size).toBe(result.errors.length);
    for (const { line, column } of result.errors) {
      expect(column).toBeGreaterThan(0);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
    }
    expect(renderErrors(result.errors).split('\n').length).toBeGreaterThanOrEqual(3 * result.errors.length);
  }

  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), check), { numRuns: 2000 });
    fc.assert(fc.property(fc.string({ unit: alphabet, maxLength: 60 }), check), { numRuns: 5000 });
  });

  test('any change of a valid text', () => {
    const edit = fc.record({ at: fc.nat(), drop: fc.nat({ max: 3 }), insert: fc.oneof(fc.constant(''), alphabet) });
    const mutated = fc.tuple(
      fc.oneof(programs(5), faulty).map(printProgram),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
    );
    let readable = 0;
    fc.assert(
      fc.property(mutated, ([text, edits]) => {
        const changed = edits.reduce((now, { at, drop, insert }) => {
          const from = at % (now.length + 1);
          return now.slice(0, from) + insert + now.slice(from + drop);
        }, text);
        if (parseProgram(changed).ok) readable++;
        check(changed);
      }),
      { numRuns: 5000 },
    );
    // Both branches of the check were taken often.
    expect(readable).toBeGreaterThan(200);
    expect(readable).toBeLessThan(4800);
  });

  test('a line is blank, a comment, a call or one error', () => {
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 30 }), (text) => {
        const line = text.replaceAll('\n', ' ');
        const says = line.trim() !== '' && !line.trim().startsWith('#');
        const result = parseProgram(line);
        expect(result.ok ? result.program.lines.length : result.errors.length).toBe(says ? 1 : 0);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('reading takes time in proportion to the text', () => {
  /** The best of several runs, which noise can only make longer. */
  function time(text: string): number {
    const runs = Array.from({ length: 3 }, () => {
      const from = performance.now();
      const result = parseProgram(text);
      if (!result.ok) renderErrors(result.errors);
      return performance.now() - from;
    });
    return Math.min(...runs);
  }

  const hostile: readonly (readonly [string, string, string])[] = [
    ['signs', 'load(', '-'],
    ['sums', 'load(', '1+'],
    ['products', 'load(', '9*'],
    ['flags', 'mlockall(', 'MCL_FUTURE|'],
    ['white space', 'load(', ' '],
    ['notes', 'load(', '/* MAP_??? */'],
    ['half notes', 'load(', '/* MAP_'],
    ['digits', 'load(', '9'],
    ['letters', 'load(', 'M'],
    ['a string', 'openat(AT_FDCWD, ', '"'],
    ['braces', 'ioctl(0, UFFDIO_REGISTER, ', '{range='],
    ['parentheses', 'load(0) = -1 EPERM ', '('],
    ['explanations', 'mlockall(0) = -1 EPERM (', '(fault '],
    ['ways to die', 'load(0) = died ', '( '],
    ['equal signs', '', '='],
    ['a label', '', 'r0 = '],
    ['a header', '# a: ', ' \u2028'],
    ['a comment', '#', '# '],
  ];
  const lineOf = (start: string, part: string, length: number): string => start + part.repeat(length / part.length);

  test.each(hostile)('%s', { retry: 2 }, (_, start, part) => {
    const short = Array.from({ length: 40 }, () => lineOf(start, part, 2_400)).join('\n');
    const long = Array.from({ length: 10 }, () => lineOf(start, part, 9_600)).join('\n');
    const longer = Array.from({ length: 40 }, () => lineOf(start, part, 9_600)).join('\n');
    time(short);
    // The same number of characters in lines four times as long, then four times as many lines. A quadratic step would
    // quadruple one of them; the constant is for the noise of short times.
    expect(time(long)).toBeLessThan(2.5 * time(short) + 4);
    expect(time(longer)).toBeLessThan(2.5 * 4 * time(long) + 4);
  });

  test('ten thousand wrong lines', () => {
    expect(time('mreamp(r0, 1, 2, MREMAP_MAYMOV)\n'.repeat(10_000))).toBeLessThan(3_000);
  });
});
