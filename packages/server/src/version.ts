/** The version of this server, as GetCluster and --version tell it. */
export const SERVER_VERSION = '0.1.0';
