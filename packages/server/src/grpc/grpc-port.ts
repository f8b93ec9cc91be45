import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Time } from '../stamp/clock.ts';

/** Calls under way at shutdown may take this long to end. */
const DRAIN_MS = 3000;

/** The replica's gRPC port: its services, and gRPC health, which says whether `healthService` serves. */
export class GrpcPort {
  readonly #server: Server;
  readonly #health: HealthImplementation;
  readonly #healthService: string;

  constructor(maxMessageBytes: number, healthService: string) {
    this.#server = new Server({ 'grpc.max_receive_message_length': maxMessageBytes, 'grpc.max_send_message_length': maxMessageBytes });
    this.#health = new HealthImplementation({ '': 'NOT_SERVING', [healthService]: 'NOT_SERVING' });
    this.#healthService = healthService;
    this.#health.addToServer(this.#server);
  }

  add(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    this.#server.addService(definition, implementation);
  }

  /** Listens at `address`, host:port; resolves to the port. */
  bind(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  setServing(isServing: boolean): void {
    const status = isServing ? 'SERVING' : 'NOT_SERVING';
    this.#health.setStatus('', status);
    this.#health.setStatus(this.#healthService, status);
  }

  /** Takes no more calls, and lets those under way end for 3 s. */
  close(time: Time): Promise<void> {
    return new Promise((resolve) => {
      const cancel = time.after(DRAIN_MS, () => {
        this.#server.forceShutdown();
        resolve();
      });
      this.#server.tryShutdown(() => {
        cancel();
        resolve();
      });
    });
  }
}
