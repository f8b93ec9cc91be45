import { bundle, discard } from './bundle.ts';
import { seedsFrom } from './plan.ts';
import type { PlantedBug } from './planted-bugs.ts';
import { runSeeds } from './pool.ts';

export interface Found {
  readonly violation: string;
  /** Runs that it took. */
  readonly runs: number;
}

/** Runs the simulation with a bug in it until it is found; undefined when its budget does not suffice. */
export async function findPlanted({ name, edits, maxRuns, style }: PlantedBug, workers: number): Promise<Found | undefined> {
  const file = await bundle(name, edits);
  const seeds = seedsFrom(1, maxRuns, style);
  try {
    let runs = 0;
    for await (const { violation } of runSeeds(file, seeds, { workers, keepsTrace: false, shrinkRuns: 0 })) {
      runs += 1;
      if (violation !== undefined) return { violation, runs };
    }
    return undefined;
  } finally {
    discard(file);
  }
}
