/** Where one sidecar listens, and its server's ports on 127.0.0.1. */
export interface SidecarPorts {
  readonly page: number;
  readonly grpc: number;
  readonly http: number;
}

/** `deploy/envoy.yaml` with the addresses of a sidecar that runs beside its server on this machine and listens on `host`. Throws when the file no longer names one of them just once. */
export function fillAddresses(config: string, ports: SidecarPorts, host: string): string {
  const addresses: readonly (readonly [string, string, number])[] = [
    ['address: 0.0.0.0, port_value: 8080', host, ports.page],
    ['address: server, port_value: 50051', '127.0.0.1', ports.grpc],
    ['address: server, port_value: 8080', '127.0.0.1', ports.http],
  ];
  return addresses.reduce((text, [address, to, port]) => {
    if (text.split(address).length !== 2) throw new Error(`deploy/envoy.yaml has to name «${address}» once; scripts/local-cluster/envoy-config.ts fills it in`);
    return text.replace(address, `address: ${to}, port_value: ${port}`);
  }, config);
}
