/** A worker thread of a search. */
import { workerData } from 'node:worker_threads';
import { Here } from './here.ts';
import type { ExpandTask, Expansion, Settings } from './task.ts';

const here = new Here(workerData as Settings);

export default (task: ExpandTask): Expansion => here.expand(task);
