/** What `parley --version` prints; package.json has the same. */
export const CLI_VERSION = '0.1.0';
