/**
 * mprotect(2). Mapping by mapping in ascending order; the first that cannot be changed, or a hole, ends the call, and what stood
 * before it stays changed:
 *
 *     AAAABB..CC   PROT_READ over all   ->   rrrrrr..CC and ENOMEM
 */
import { PROT } from '../../abi.ts';
import { decision } from '../../engine.ts';
import { VMFLAG } from '../../observation.ts';
import { always, type Context, does, fails, performsEach, procedure, type Rule, returns } from '../../rule.ts';
import type { Range } from '../../state.ts';
import { isAligned, pageOf, pagesOf, wrap } from '../arguments.ts';
import { firstWithin, hasHole, run } from '../run.ts';
import { type Part, part } from './part.ts';

interface Protect extends Context {
  readonly addr: bigint;
  readonly length: bigint;
  readonly flags: bigint;
  readonly growsDown: boolean;
  readonly growsUp: boolean;
  /** READ, WRITE, EXEC. */
  readonly prot: number;
  readonly range: Range;
}

const enter = (c: Context): Protect => {
  const [addr = 0n, length = 0n, prot = 0n] = c.call.args;
  const start = pageOf(c.state, addr);
  return {
    ...c,
    addr,
    length,
    flags: prot & ~(PROT.GROWSDOWN | PROT.GROWSUP),
    growsDown: (prot & PROT.GROWSDOWN) !== 0n,
    growsUp: (prot & PROT.GROWSUP) !== 0n,
    prot: Number(prot & (PROT.READ | PROT.WRITE | PROT.EXEC)),
    range: { start, end: start + pagesOf(c.state, length) },
  };
};

const growsBothWays: Rule<Protect> = {
  id: 'mprotect/grows-both-ways',
  manual: 'mprotect(2) ERRORS, EINVAL: both PROT_GROWSUP and PROT_GROWSDOWN were specified in prot',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => c.growsDown && c.growsUp,
  then: fails('EINVAL'),
};

const unaligned: Rule<Protect> = {
  id: 'mprotect/unaligned',
  manual: 'mprotect(2) ERRORS, EINVAL: addr is not a multiple of the system page size',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => !isAligned(c.state, c.addr),
  then: fails('EINVAL'),
};

/** Whatever the address and the protection. */
const empty: Rule<Protect> = {
  id: 'mprotect/empty',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => c.length === 0n,
  then: returns(() => 0n),
};

/** The end wraps, or rounding up has wrapped. */
const wraps: Rule<Protect> = {
  id: 'mprotect/wraps',
  manual: 'mprotect(2) ERRORS, ENOMEM: addresses in the range are invalid for the address space of the process',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) =>
    c.length !== 0n &&
    wrap(c.addr + BigInt(c.range.end - c.range.start) * BigInt(c.state.environment.pageSize)) <= c.addr,
  then: fails('ENOMEM'),
};

/** PROT_SEM is accepted and without effect. */
const unknownProtection: Rule<Protect> = {
  id: 'mprotect/unknown-protection',
  manual: 'mprotect(2) ERRORS, EINVAL: invalid flags specified in prot',
  kernel: 'include/linux/mman.h arch_validate_prot()',
  when: (c) => (c.flags & ~(PROT.READ | PROT.WRITE | PROT.EXEC | PROT.SEM)) !== 0n,
  then: fails('EINVAL'),
};

const startsInHole: Rule<Protect> = {
  id: 'mprotect/starts-in-hole',
  manual: 'mprotect(2) ERRORS, ENOMEM: addresses in the range specify one or more pages that are not mapped',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => !c.growsDown && run(c.state, c.range).length === 0,
  then: fails('ENOMEM'),
};

/** With PROT_GROWSDOWN the range may start in a hole, but something must be mapped. */
const nothingMapped: Rule<Protect> = {
  id: 'mprotect/nothing-mapped',
  manual: 'mprotect(2) ERRORS, ENOMEM: addresses in the range specify one or more pages that are not mapped',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => c.growsDown && firstWithin(c.state, c.range) === undefined,
  then: fails('ENOMEM'),
};

const doesNotGrowDown: Rule<Protect> = {
  id: 'mprotect/does-not-grow-down',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => {
    const m = c.growsDown ? firstWithin(c.state, c.range) : undefined;
    return m !== undefined && (m.flags & VMFLAG.gd) === 0;
  },
  then: fails('EINVAL'),
};

/** No mapping grows upwards on these processors. */
const doesNotGrowUp: Rule<Protect> = {
  id: 'mprotect/does-not-grow-up',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => c.growsUp,
  then: fails('EINVAL'),
};

/** Up or down: the first mapping of the range is changed from its own start. */
const fromStartOfStack: Rule<Protect> = {
  id: 'mprotect/from-start-of-mapping',
  manual:
    'mprotect(2) PROT_GROWSDOWN: apply the protection mode down to the beginning of a mapping that grows downward',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => c.growsDown && firstWithin(c.state, c.range) !== undefined,
  then: does((c) => ({ ...c, range: { start: firstWithin(c.state, c.range)?.start ?? 0, end: c.range.end } })),
};

const parts: Rule<Protect> = {
  id: 'mprotect/parts',
  manual: 'mprotect(2) DESCRIPTION: changes the access protections for the pages of the range',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: always,
  then: performsEach(
    part,
    (c) => run(c.state, c.range),
    (c, m): Part => ({ ...c, part: m, to: (x) => ({ ...x, prot: c.prot }) }),
  ),
};

/** The mappings before the hole have been changed. */
const hole: Rule<Protect> = {
  id: 'mprotect/hole',
  manual: 'mprotect(2) ERRORS, ENOMEM: addresses in the range specify one or more pages that are not mapped',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => hasHole(c.state, c.range),
  then: fails('ENOMEM'),
};

const done: Rule<Protect> = {
  id: 'mprotect/done',
  manual: 'mprotect(2) RETURN VALUE: on success, zero',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: always,
  then: returns(() => 0n),
};

export const mprotect = decision(
  procedure<Protect>('mprotect', [
    growsBothWays,
    unaligned,
    empty,
    wraps,
    unknownProtection,
    startsInHole,
    nothingMapped,
    doesNotGrowDown,
    doesNotGrowUp,
    fromStartOfStack,
    parts,
    hole,
    done,
  ]),
  enter,
);
