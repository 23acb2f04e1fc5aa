/** Before every test file: states are frozen, so that a change in place anywhere in the contract fails. */
import { freezeStates } from './spec/space.ts';

freezeStates(true);
