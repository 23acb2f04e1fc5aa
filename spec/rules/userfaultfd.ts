/** userfaultfd(2) and the operations of ioctl_userfaultfd(2) that concern mappings, in the order in which they are decided. */

import { decision } from '../engine.ts';
import { always, type Context, procedure, type Rule, returns } from '../rule.ts';
import * as create from './userfaultfd/create.ts';
import {
  descriptorRules,
  notEnabled,
  operation,
  type RangeOperation,
  rangeOperation,
  rangeRules,
} from './userfaultfd/descriptor.ts';
import * as reg from './userfaultfd/register.ts';
import * as unreg from './userfaultfd/unregister.ts';

export { type ClosingUffd, closeUffd } from './userfaultfd/unregister.ts';

const done = <C extends Context>(name: string): Rule<C> => ({
  id: `${name}/done`,
  manual: 'ioctl_userfaultfd(2): this operation returns 0 on success',
  kernel: 'mm/userfaultfd.c userfaultfd_ioctl()',
  when: always,
  then: returns(() => 0n),
});

const creating = procedure<create.Create>('userfaultfd', [
  create.notConfigured,
  create.notPermitted,
  create.unknownFlag,
  create.noMemoryToCreate,
  create.created,
  create.descriptorReturned,
]);

const enabling = procedure<create.Enable>('uffdio_api', [
  ...descriptorRules<create.Enable>('uffdio_api'),
  create.forkNotPermitted,
  create.unknownFeature,
  create.unknownFeatureStill,
  ...create.featuresOfLater,
  create.featureNotOffered,
  create.asyncAlone,
  create.enabledBefore,
  create.featuresEnabledBefore,
  create.enabled,
  done('uffdio_api'),
]);

/** Modes are looked at before the range. */
const registering = procedure<reg.Register>('uffdio_register', [
  ...descriptorRules<reg.Register>('uffdio_register'),
  notEnabled('uffdio_register'),
  reg.noMode,
  reg.unknownMode,
  reg.unknownModeStill,
  reg.rwpNotEnabled,
  ...rangeRules<reg.Register>('uffdio_register', 'userfaultfd_register'),
  reg.everyMappingChecked,
  reg.everyMapping,
  done('uffdio_register'),
]);

const unregistering = procedure<RangeOperation>('uffdio_unregister', [
  ...descriptorRules<RangeOperation>('uffdio_unregister'),
  notEnabled('uffdio_unregister'),
  ...rangeRules<RangeOperation>('uffdio_unregister', 'userfaultfd_unregister'),
  unreg.everyMappingChecked,
  unreg.everyMapping,
  done('uffdio_unregister'),
]);

export const userfaultfd = decision(creating, create.create);

export const uffdio_api = decision(enabling, (c) => ({ ...operation(c), features: c.call.args[1] ?? 0n }));

export const uffdio_register = decision(registering, (c) => ({ ...rangeOperation(c), mode: c.call.args[3] ?? 0n }));

export const uffdio_unregister = decision(unregistering, rangeOperation);
