import { FULL, QUICK } from './jstp/plan.js';
import { Timeline } from './jstp/timeline.js';
import type { Measured, Scenario, ScenarioContext, Variant } from './scenario.js';

const PROGRESS_TOTAL = 100;

const PROVIDERS = ['sharded', 'built-in'];

const QUICK_VARIANTS: readonly Variant[] = [
  { name: '2k stored', sessions: 2_000, secondsPerRun: 6, subjects: PROVIDERS },
];

const VARIANTS: readonly Variant[] = [
  { name: '100k stored', sessions: 100_000, secondsPerRun: 25, subjects: PROVIDERS },
  { name: '3M stored', sessions: 3_000_000, secondsPerRun: 50 },
];

/** How a store feels to a client that has nothing to do with it. */
export const jstpScenario: Scenario = {
  name: 'jstp',
  title:
    'clients of a JSTP server reconnect over TCP, then all other sessions expire; a bystander calls a method',
  subjects: ['sharded', 'built-in', 'built-in strings'],
  variants: (quick) => (quick ? QUICK_VARIANTS : VARIANTS),
  run,
};

async function run({ kind, variant, quick, onProgress }: ScenarioContext): Promise<Measured> {
  const plan = quick ? QUICK : FULL;
  const timeline = await Timeline.start(kind, plan, variant.sessions);
  try {
    return await timeline.run((part) => onProgress(part * PROGRESS_TOTAL, PROGRESS_TOTAL));
  } finally {
    await timeline.kill();
  }
}
