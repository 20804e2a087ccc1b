/** The product's version, as `cspace version` and every handshake say it. */
export const VERSION = '0.1.0';
