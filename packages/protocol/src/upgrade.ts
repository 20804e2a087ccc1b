/** The names of the two protocols that a connection through the door is upgraded to. */
export const CONTROL_UPGRADE = 'cspace-control';
export const TUNNEL_UPGRADE = 'cspace-tunnel';
/** The longest line either side of a control connection accepts, in bytes. */
export const MAX_CONTROL_LINE_BYTES = 8 * 1024 * 1024;
/** The header of every answer of the API that says which version of the product answered. */
export const VERSION_HEADER = 'cspace-version';
