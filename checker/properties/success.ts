import { VMFLAG } from '../../spec/index.ts';
import { ALL_FLAGS, type Attributes, isFree, LOCKED } from './layout.ts';
import type { Moment } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { isAligned, pageOf } from './ranges.ts';
import { mustBeFree } from './remap.ts';
import type { Request } from './request.ts';
import { type Answer, HOLDS, type Violation } from './violation.ts';
import { differenceAt } from './words.ts';

/** Locks and charges have a property of their own. */
export const NO_LOCKS: Attributes = { flags: ALL_FLAGS & ~(LOCKED | VMFLAG.ac), protection: true, object: true };

/**
 * All on success: an `mremap` that succeeded has moved, resized or duplicated all of what it was asked for and kept every gap; what
 * it moved is the same mapping at another place (protection, object, offset, flags; a registration with userfaultfd comes along as
 * a whole or not at all), the old range is unmapped or left mapped as the flags say, destinations opposite a gap are what they
 * were. It returns the address of the first piece, and a place that nobody fixed was free.
 *
 * Asked of every `mremap` that returned a value.
 */
export function allOnSuccess(moment: Moment, outcome: Outcome): Answer {
  const { step, before, after, index, request } = moment;
  if (step.call.name !== 'mremap' || step.result.kind !== 'value') return undefined;
  if (request === undefined) return undefined;
  const property = 'all on success';
  const wrong = wrongAddress(request, step.result.value, moment);
  if (wrong !== undefined) return [{ property, index, seen: `0x${step.result.value.toString(16)}`, allowed: wrong }];
  if (before === undefined || after === undefined) return 'blind';
  const violations: Violation[] = [];
  const range = mustBeFree(request, pageOf(step.result.value, moment.environment.pageSize));
  if (range !== undefined && !isFree(before, range))
    violations.push({ property, index, page: range.start, seen: 'a place that was in use', allowed: 'a free place' });
  const candidate = outcome.fitting[0] ?? outcome.candidates[0];
  if (candidate?.expected === undefined) {
    const seen = 'a success';
    violations.push({ property, index, page: request.from, seen, allowed: 'an error: nothing is mapped there' });
  } else {
    const difference = candidate.firstDifference(NO_LOCKS);
    if (difference !== undefined) violations.push(differenceAt(property, index, difference));
  }
  return violations.length === 0 ? HOLDS : violations;
}

/** The addresses that may be returned instead, in words; `undefined` if this one may. */
function wrongAddress(request: Request, address: bigint, { environment }: Moment): string | undefined {
  const { pageSize } = environment;
  const bytes = (page: number): string => `0x${(BigInt(page) * BigInt(pageSize)).toString(16)}`;
  if (!isAligned(address, pageSize)) return 'the address of a page';
  const page = pageOf(address, pageSize);
  if (request.fixed) return page === request.to ? undefined : bytes(request.to);
  if (request.dontunmap || (request.mayMove && (request.new > request.old || request.old === 0))) return undefined;
  return page === request.from ? undefined : bytes(request.from);
}
