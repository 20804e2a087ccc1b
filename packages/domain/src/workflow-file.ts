/** Places where a forge looks for what it runs with its own rights. */
const WORKFLOW_PLACES = [
  '.github/workflows',
  '.gitea/workflows',
  '.forgejo/workflows',
  '.gitlab-ci.yml',
  '.gitlab-ci.yaml',
  '.gitlab/ci',
  '.circleci',
  '.buildkite',
  '.woodpecker',
  '.woodpecker.yml',
  '.woodpecker.yaml',
  '.drone.yml',
  '.travis.yml',
  '.cirrus.yml',
  '.appveyor.yml',
  'appveyor.yml',
  'azure-pipelines.yml',
  'bitbucket-pipelines.yml',
  'Jenkinsfile',
  '.semaphore',
  '.teamcity',
] as const;

/** The places in lower case, and the directories above them, which a link in their stead would turn elsewhere. */
const PLACES: readonly string[] = WORKFLOW_PLACES.map((place) => place.toLowerCase());
const PARENTS: ReadonlySet<string> = new Set(
  PLACES.flatMap((place) => (place.includes('/') ? [place.slice(0, place.indexOf('/'))] : [])),
);

/** Whether a changed path (a file, link or submodule, never a directory) says what runs in CI. Case counts for nothing: it may not where it is checked out. */
export function isWorkflowFile(path: string): boolean {
  const folded = path.normalize('NFC').toLowerCase();
  return PARENTS.has(folded) || PLACES.some((place) => folded === place || folded.startsWith(`${place}/`));
}
