/** Who may lock at all. */
import { type Context, fails, type Rule } from '../../rule.ts';

/** A rule that asks only what every call knows, in a procedure of calls that know more. It must not have an effect. */
export const inAnyContext = <C extends Context>(rule: Rule<Context>): Rule<C> => rule as unknown as Rule<C>;

/** A limit of less than a page lets the call pass here: it is the limit in bytes that must not be 0. */
export const needsCapability: Rule<Context> = {
  id: 'mlock/needs-capability',
  manual:
    'mlock(2) ERRORS, EPERM: the caller is not privileged, but needs privilege (CAP_IPC_LOCK) to perform the requested operation',
  kernel: 'mm/mlock.c can_do_mlock()',
  when: (c) => c.state.limits.memlock === 0 && !c.state.capabilities.ipcLock,
  then: fails('EPERM'),
};
