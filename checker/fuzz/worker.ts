/** A worker thread of the fuzzer. */
import { workerData } from 'node:worker_threads';
import type { ExamineTask, Report, ShrinkTask, ShrunkReport, WorkerSettings } from './task.ts';
import { benchOf, Work } from './work.ts';

const settings = workerData as WorkerSettings;
const work = new Work(settings, () => benchOf(settings));

export default (task: ExamineTask | ShrinkTask): Promise<Report | ShrunkReport> => work.do(task);
