import { hash, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes. About 20 ms on a small machine, off the event loop. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** An argon2id hash in PHC string format. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON2ID);
}

/** A hash of nothing that anybody knows: comparing with it takes as long as with a real one. */
let decoy: Promise<string> | undefined;

/** Is it the password of that hash? Without a hash it takes the same time and is not, so that the time tells nobody which usernames exist. */
export async function isPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword(crypto.randomUUID());
  return (await verify(passwordHash ?? (await decoy), password)) && passwordHash !== undefined;
}
