/** A promise was broken: what the simulation is there to find. */
export class Violation extends Error {}
