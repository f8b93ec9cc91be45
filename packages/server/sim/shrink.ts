import type { Plan } from './plan.ts';
import { simulate } from './simulation.ts';

/**
 * Makes a failing plan smaller: leaves out ever smaller parts of its actions as long as it fails in the same way (Zeller,
 * 'Simplifying and Isolating Failure-Inducing Input', 2002), in at most so many runs.
 */
export async function shrink(plan: Plan, violation: string, maxRuns: number): Promise<Plan> {
  let smallest = plan;
  let runs = 0;
  for (let size = Math.ceil(plan.actions.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.actions.length && runs < maxRuns; ) {
      const actions = smallest.actions.toSpliced(at, size);
      runs += 1;
      const outcome = await simulate({ ...smallest, actions });
      if (outcome.violation !== undefined && kindOf(outcome.violation) === kindOf(violation)) smallest = { ...smallest, actions };
      else at += size;
    }
  }
  return smallest;
}

/** The violation without the ids in it. */
function kindOf(violation: string): string {
  return violation.replaceAll(/[a-z2-7]{26}|\d+/g, '').slice(0, 40);
}
