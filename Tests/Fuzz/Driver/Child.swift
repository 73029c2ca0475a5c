import Foundation
import Glibc

/// What became of a child process.
struct ChildResult {
  /// Exit status; nil for a process that a signal ended.
  var status: Int32?
  var signal: Int32?
  /// Whether it was ended because its time was over.
  var timedOut = false
  /// Most memory that was resident, in bytes.
  var peakMemory = 0
  var seconds = 0.0
  var output: [UInt8] = []
  var errors: [UInt8] = []
}

/// Runs a program with limits on time, memory and file size.
struct Child {
  var program: String
  var arguments: [String]
  var environment: [String: String]
  /// Folder that it runs in.
  var folder: String
  var outputFile: String
  var errorFile: String
  var seconds = 10.0

  /// Of what a child prints, no more than this is looked at.
  static let mostOutput = 1 << 22

  /// Most address space, above what counts as too much memory and far below what a machine has, and largest file.
  private static let limits = "ulimit -c 0; ulimit -v \(6 << 20); ulimit -f \(1 << 21)"

  func run() throws -> ChildResult {
    let start = Date()
    let process = try spawn()
    var result = ChildResult()
    var status: Int32 = 0
    var usage = rusage()
    var pause: UInt32 = 500
    while wait4(process, &status, WNOHANG, &usage) == 0 {
      if -start.timeIntervalSinceNow > seconds {
        result.timedOut = true
        kill(-process, SIGKILL)
        wait4(process, &status, 0, &usage)
        break
      }
      usleep(pause)
      pause = min(pause * 2, 4000)
    }
    kill(-process, SIGKILL)
    result.seconds = -start.timeIntervalSinceNow
    if status & 0x7F == 0 {
      result.status = (status >> 8) & 0xFF
    } else {
      result.signal = status & 0x7F
    }
    result.peakMemory = usage.ru_maxrss * 1024
    result.output = Self.start(of: outputFile)
    result.errors = Self.start(of: errorFile)
    return result
  }

  private func spawn() throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 1, outputFile, flags, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errorFile, flags, 0o644)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    // The shell sets limits, goes to the folder and becomes the program.
    let script = "\(Self.limits); cd \"$0\" && exec \"$@\""
    let words = (["sh", "-c", script, folder, program] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, words, variables)
    guard code == 0 else {
      throw FuzzError.message("\(program) cannot be started: \(String(cString: strerror(code)))")
    }
    return process
  }

  private static func start(of path: String) -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path) else { return [] }
    defer { try? file.close() }
    return [UInt8]((try? file.read(upToCount: mostOutput)) ?? Data())
  }
}

enum FuzzError: Error, CustomStringConvertible {
  case message(String)
  var description: String {
    switch self {
    case .message(let text): text
    }
  }
}
