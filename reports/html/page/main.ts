/** What makes a report alive: filters, copying, and the model. Without it the report is all there, but stands still. */
import { copying } from './copy.ts';
import { filters } from './filter.ts';
import { startStepper } from './stepper.ts';

copying();
filters();
startStepper();
