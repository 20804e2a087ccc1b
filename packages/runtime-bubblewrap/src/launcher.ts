/**
 * The process that stands outside a sandbox for as long as its run lasts: it mounts, drops to the outer user and starts
 * bubblewrap, then keeps the bounded log and writes down how the run ended, whether or not a server lives.
 *
 * In Perl, because Node has no system calls and boots too slowly for the path of a start, and the mount tools of Debian 12 cannot
 * map owners. `perl-base` is essential on Debian and Ubuntu, and git brings Perl elsewhere. The numbers of mount_setattr and its
 * like are the same on every processor; the others come with the job.
 *
 * Its argument is a job: NUL-separated keys and values, repeated for lists. It answers `ready` or `failed <why>` on standard output.
 */
export const LAUNCHER = String.raw`use strict;

my %job;
{ open my $file, '<', $ARGV[0] or die "Cannot read $ARGV[0]: $!\n"; local $/;
  my @pairs = split /\0/, <$file>, -1;
  while (@pairs > 1) { my $key = shift @pairs; push @{$job{$key}}, shift @pairs } }
sub one { $job{$_[0]} ? $job{$_[0]}[0] : undef }
sub many { @{$job{$_[0]} || []} }
sub read_all { open my $file, '<', $_[0] or return ''; local $/; my $text = <$file>; defined $text ? $text : '' }
sub write_to { my ($path, $text) = @_; open my $file, '>', $path or die "cannot write $path: $!\n";
  defined syswrite($file, $text) or die "cannot write $path: $!\n" }
sub write_whole { my ($path, $text) = @_; write_to("$path.new", $text); rename "$path.new", $path }
# Only where there is none: of two launchers of one sandbox, one begins.
sub write_first { my ($path, $text) = @_; write_to("$path.$$", $text); my $made = link "$path.$$", $path; unlink "$path.$$";
  $made or die "another run has begun\n" }
# Which process a number means: the field 22 of its stat is when it began.
sub ticks { my $stat = read_all("/proc/$_[0]/stat"); $stat =~ s/^.*\) //s or return 0; (split ' ', $stat)[19] }
sub call { my ($what, $number, @arguments) = @_;
  my $result = syscall($number, @arguments); die "cannot $what: $!\n" if $result < 0; $result }

my ($CWD, $EMPTY, $EMPTY_PATH, $RECURSIVE) = (-100, '', 0x1000, 0x8000);
my ($OPEN_TREE, $MOVE_MOUNT, $OPENAT2, $SETATTR) = (428, 429, 437, 442);
my $NOSUID_NODEV = 2 | 4;

sub set_attributes { my ($what, $fd, $flags, @attributes) = @_;
  my $attributes = pack 'Q4', @attributes; call($what, $SETATTR, $fd, $EMPTY, $EMPTY_PATH | $flags, $attributes, 32) }
sub clone_tree { my ($path, $flags) = @_; call("open $path", $OPEN_TREE, $CWD, $path, 1 | 02000000 | $flags) }

# A user namespace that maps the owner of our files to this sandbox's outer user; root stays root, who is nobody inside.
sub owner_map { my ($owner, $outer) = @_;
  pipe my $made, my $making; pipe my $done, my $doing;
  my $pid = fork; die "cannot fork: $!\n" unless defined $pid;
  if (!$pid) { close $doing; call('make a user namespace', one('nr-unshare') + 0, 0x10000000); syswrite $making, 'x';
    sysread $done, my $byte, 1; exit 0 }
  close $making; sysread $made, my $byte, 1 or die "cannot make a user namespace\n";
  write_to("/proc/$pid/$_", "0 0 1\n$owner $outer 1\n") for 'uid_map', 'gid_map';
  open my $namespace, '<', "/proc/$pid/ns/user" or die "cannot open a user namespace: $!\n";
  kill 'KILL', $pid; waitpid $pid, 0; $namespace }

sub enter { my $outer = one('outer-user'); my $directory = one('directory');
  my $overlay = one('overlay'); my ($type, $root) = ('overlay', '/tmp');
  if (defined $outer) {
    call('make a mount namespace', one('nr-unshare') + 0, 0x20000);
    my $top = '/'; my $private = pack 'Q4', 0, 0, 1 << 18, 0;
    call('make mounts private', $SETATTR, $CWD, $top, $RECURSIVE, $private, 32);
  } else {
    my ($user, $group) = ($> + 0, $) + 0);
    call('make a user namespace', one('nr-unshare') + 0, 0x10000000 | 0x20000);
    write_to('/proc/self/setgroups', 'deny'); write_to('/proc/self/gid_map', "$group $group 1");
    write_to('/proc/self/uid_map', "$user $user 1");
  }
  # Cloned before anything is covered.
  my @modes = many('mount-mode'); my @trees = map { clone_tree($_, $RECURSIVE) } many('mount-source');
  if (defined $outer) {
    my $map = owner_map(one('files-owner'), $outer); my $tree = clone_tree($directory, 0);
    set_attributes('map owners', $tree, 0, 0x100000 | $NOSUID_NODEV, 0, 0, fileno $map);
    call('mount the mapped directory', $MOVE_MOUNT, $tree, $EMPTY, $CWD, $directory, 4);
  }
  # The layers are named by ids relative to here, so no path of the host is ever read as an option.
  chdir $directory or die "cannot enter $directory: $!\n";
  call('mount the overlay', one('nr-mount') + 0, $type, $root, $type, $NOSUID_NODEV, $overlay);
  my $into = call('open the root', $OPEN_TREE, $CWD, $root, 02000000);
  for my $target (many('mount-target')) {
    my $tree = shift @trees; my $readonly = shift(@modes) eq 'read-only' ? 1 : 0;
    set_attributes("protect $target", $tree, $RECURSIVE, $NOSUID_NODEV | $readonly, 0, 0, 0);
    # Whoever wrote the layers may have put a link there: nothing is resolved out of the root, and no link is followed.
    my $how = pack 'Q3', 010000000 | 02000000, 0, 0x10 | 0x04;
    my $at = call("open the mount point $target", $OPENAT2, $into, $target, $how, 24);
    call("mount $target", $MOVE_MOUNT, $tree, $EMPTY, $at, $EMPTY, 4 | 0x40);
  }
  chdir '/' or die "cannot enter /: $!\n";
  drop($outer + 0) if defined $outer }

sub drop { my ($outer) = @_; my $none = '';
  # PR_CAPBSET_DROP until the kernel knows no further capability, PR_CAP_AMBIENT_CLEAR_ALL.
  for my $capability (0 .. 63) { last if syscall(one('nr-prctl') + 0, 24, $capability, 0, 0, 0) < 0 }
  syscall(one('nr-prctl') + 0, 47, 4, 0, 0, 0);
  call('leave all groups', one('nr-setgroups') + 0, 0, $none);
  call('change group', one('nr-setresgid') + 0, $outer, $outer, $outer);
  call('change user', one('nr-setresuid') + 0, $outer, $outer, $outer);
  my ($header, $sets) = (pack('L2', 0x20080522, 0), pack('L6', (0) x 6));
  call('drop capabilities', one('nr-capset') + 0, $header, $sets) }

sub inside { my ($status) = @_;
  $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM PIPE); umask 022;
  write_to($_, '0') for many('join');
  for (many('rlimit')) { my ($resource, $wanted) = split /:/; my $number = one('nr-prlimit64') + 0;
    # Never above what we have ourselves: raising it can be forbidden even to root.
    my $had = pack 'Q2', 0, 0; syscall $number, 0, $resource + 0, 0, $had;
    my $most = (unpack 'Q2', $had)[1]; my $limit = $wanted < $most ? $wanted : $most;
    my $pair = pack 'Q2', $limit, $limit; call("set limit $resource", $number, 0, $resource + 0, $pair, 0) }
  eval { write_to('/proc/self/oom_score_adj', '300') };
  open my $arguments, '<', one('arguments') or die "cannot read arguments: $!\n";
  my @fds = ($arguments, $status); my @options = ('--args', fileno $arguments, '--json-status-fd', fileno $status);
  if (defined one('seccomp')) { open my $filter, '<', one('seccomp') or die "cannot read the filter: $!\n";
    push @fds, $filter; push @options, '--seccomp', fileno $filter }
  enter();
  call('forbid new privileges', one('nr-prctl') + 0, 38, 1, 0, 0, 0);
  # Whatever the server was started with stays outside (CLOSE_RANGE_CLOEXEC).
  call('close what is open', 436, 3, 0xffffffff, 4);
  fcntl $_, 2, 0 for @fds;
  exec { one('bwrap') } 'bwrap', @options, '--', many('argv') or die 'cannot run ' . one('bwrap') . ": $!\n" }

# The command exists once the second process of the sandbox is no longer bubblewrap itself.
sub command_runs { my ($init, $monitor) = @_;
  my ($first) = split ' ', read_all("/proc/$init/task/$init/children"); return 0 unless $first;
  my @command = stat "/proc/$first/exe"; my @bwrap = stat "/proc/$monitor/exe";
  @command && @bwrap && ($command[0] != $bwrap[0] || $command[1] != $bwrap[1]) }

$SIG{$_} = 'IGNORE' for qw(HUP INT TERM PIPE);
chdir '/'; umask 077;
my $run = sprintf '"bootId":"%s","startedAtMs":%s,"launcher":{"pid":%d,"ticks":%s}',
  one('boot-id'), one('started-at-ms'), $$, ticks($$);
die "its job is gone\n" unless -e $ARGV[0];
write_first(one('run'), "{$run}");
# Whoever takes the job away reads this record after it.
die "its job is gone\n" unless -e $ARGV[0];
pipe my $status, my $status_in; pipe my $output, my $output_in;
my $bwrap = fork; die "cannot fork: $!\n" unless defined $bwrap;
if (!$bwrap) { open STDOUT, '>&', $output_in; open STDERR, '>&', $output_in;
  eval { inside($status_in) }; print STDERR "launcher: $@"; exit 125 }
close $status_in; close $output_in;
$run .= sprintf ',"monitor":{"pid":%d,"ticks":%s}', $bwrap, ticks($bwrap);
write_whole(one('run'), "{$run}");

my ($seen, $init, $born) = ('', 0, 0);
while (sysread $status, my $bytes, 4096) { $seen .= $bytes; last if $seen =~ /"child-pid": (\d+)/ && ($init = $1) }
my $ready = 0;
if ($init) {
  $born = ticks($init);
  write_whole(one('run'), sprintf '{%s,"init":{"pid":%d,"ticks":%s}}', $run, $init, $born);
  until ($ready = command_runs($init, $bwrap)) {
    my $set = ''; vec($set, fileno $status, 1) = 1;
    next unless select $set, undef, undef, 0.0003;
    last unless sysread $status, my $bytes, 4096; $seen .= $bytes }
}
# A command that was over before it was seen has run all the same; what bubblewrap or we say of a failure has our names on it.
my $first = '';
if (!$ready) { sysread $output, $first, 65536; $ready = $first !~ /^(bwrap|launcher): /m }
syswrite STDOUT, $ready ? "ready\n" : 'failed ' . substr($first, 0, 2000);
close STDOUT;

my ($limit, $log, $written, $total) = (one('log-bytes') / 2, undef, 0, 0);
sub keep { my ($bytes) = @_;
  if (!$log || $written + length $bytes > $limit) {
    rename one('log'), one('log') . '.1' if $log;
    open $log, '>', one('log') or return; $written = 0 }
  syswrite $log, $bytes; $written += length $bytes; $total += length $bytes;
  # Whoever floods the log is slowed down, so that keeping it costs the machine nothing.
  select undef, undef, undef, 0.02 if $total > 2 * $limit }
sub wait_for { my $set = ''; vec($set, fileno $_, 1) = 1 for @_; select $set, undef, undef, undef; $set }
keep($first);
my ($watching, $open) = (1, 1);
while ($watching || $open) {
  my $set = wait_for($watching ? $status : (), $open ? $output : ());
  if ($open && vec $set, fileno $output, 1) { if (sysread $output, my $bytes, 65536) { keep($bytes) } else { $open = 0 } }
  if ($watching && vec $set, fileno $status, 1) {
    if (sysread $status, my $bytes, 4096) { $seen .= $bytes; next }
    # The command is over, and bubblewrap with it; its first process would wait for whatever else was left running.
    $watching = 0; waitpid $bwrap, 0;
    kill 'KILL', $init if $init && ticks($init) eq $born }
}
my $code = $seen =~ /"exit-code": (\d+)/ ? $1 : $? & 127 ? 128 + ($? & 127) : $? >> 8;
my ($kills) = read_all(one('oom') || '/dev/null') =~ /^oom_kill (\d+)/m;
write_whole(one('end'), sprintf '{"exitCode":%d,"oomKills":%d}', $code, $kills || 0);
`;
