/**
 * Want of memory: an inner step of a call was made to fail. Only one of a call's steps ever does, and only where the step of the run
 * says so (`Step.scarce`); in every other call the rules made here hold nowhere.
 */
import type { Errno } from '../abi.ts';
import { always, type Context, type Described, mayFail, type Rule } from '../rule.ts';

/**
 * A rule for the place in a procedure where steps stand that may fail for want of memory: what earlier rules changed stays changed.
 * `here`: where such a step is taken at all. `errno`: what the kernel calls it.
 */
export const noMemory = <C extends Context>(
  about: Described,
  here: (c: C) => boolean = always,
  errno: Errno = 'ENOMEM',
): Rule<C> => ({
  ...about,
  when: (c) => c.scarce && here(c),
  then: mayFail(errno),
});

/** The step that failed has been had, without the call failing for it: all later ones succeed. */
export const spent = <C extends Context>(c: C): C => ({ ...c, scarce: false });
