import ArgumentParser
import Foundation

@main
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Fuzz",
    abstract: "Gives spunge-eval spoilt inputs and checks what it promises about them.",
    discussion: "See Tests/Fuzz/README.md.")

  @Option(help: "The program (default: spunge-eval beside this one).") var program: String?
  @Option(help: "Attempts with each reader.") var seeds: UInt64 = 200
  @Option(help: "First seed.") var first: UInt64 = 0
  @Option(help: "Only this seed.") var seed: UInt64?
  @Option(
    name: .customLong("reader"), parsing: .upToNextOption,
    help: "Only readers whose names begin so; may be several.")
  var readers: [String] = []
  @Option(help: "Run so many seconds, however many seeds that takes.") var seconds: Double?
  @Option(help: "Commands at a time (default: processors).") var jobs: Int?
  @Option(help: "Seconds that one command may take.") var timeout = 10.0
  @Option(help: "Folder for inputs that failed (default: .build/fuzz).") var keep: String?
  @Flag(help: "Names of the readers.") var list = false

  func run() throws {
    // A peer that died must not end this process.
    signal(SIGPIPE, SIG_IGN)
    let all = try Reader.all
    if list { return all.forEach { say($0.name) } }
    let chosen = all.filter { reader in
      readers.isEmpty || readers.contains { reader.name.hasPrefix($0) }
    }
    guard !chosen.isEmpty else {
      throw ValidationError("no reader of that name: \(all.map(\.name).joined(separator: ", "))")
    }
    let beside = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "spunge-eval").path
    let peers = ProcessInfo.processInfo.environment["SPUNGE_PEERS"]
    if peers == nil {
      say("SPUNGE_PEERS names no Python: nothing is compared with other libraries")
    }
    let campaign = try Campaign(
      .init(
        program: URL(fileURLWithPath: program ?? beside).path,
        seeds: seed.map { $0..<$0 + 1 } ?? first..<first + seeds, duration: seconds,
        workers: jobs ?? ProcessInfo.processInfo.activeProcessorCount,
        keep: keep ?? Fixture.repository.appending(path: ".build/fuzz").path,
        keepsAll: seed != nil, peers: peers, seconds: timeout))
    guard try campaign.run(chosen) else { throw ExitCode(1) }
  }
}

/// Prints a line at once, so that a log of a long run can be followed.
func say(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
}
