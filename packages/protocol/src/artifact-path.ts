/** Beside the contract: bytes. A session adds an artifact by `PUT` of its bytes here, its name in the query. */
export const ADD_ARTIFACT_PATH = '/v1/artifacts';

/** Where the bytes of an artifact are. */
export function artifactPath(sessionId: string, artifactId: string): `/v1/${string}` {
  return `/v1/sessions/${encodeURIComponent(sessionId)}/artifacts/${encodeURIComponent(artifactId)}/content`;
}
