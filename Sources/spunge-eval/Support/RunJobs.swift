import ArgumentParser
import Foundation
import Reporting
import Spunge
import Tensors

/// Runs the shards of a grid in parallel, each in its own process.
struct RunJobs {
  /// Folder of the combined results; each job's folder is inside its `shards`.
  let results: String
  let jobs: Int
  let threads: Int
  /// Memory limit for training in bytes, all jobs together; nil for none.
  let memory: Int?
  let formats: [String]

  /// Folder of one shard's results.
  static func folder(_ results: String, _ shard: Shard) -> String {
    "\(results)/shards/\(shard.number)"
  }

  /// Runs all shards and combines their results.
  ///
  /// - Parameter arguments: the command line after the program's name.
  /// - Throws: the exit status of the first job that failed, after printing the end of its log.
  func run(_ arguments: [String]) throws -> Report {
    let directory = try RunDirectory(path: results)
    let shards = (1...jobs).compactMap { Shard("\($0)/\(jobs)") }
    // Each job ends when this pipe closes, and so with this process, for whatever reason it ends.
    let life = Pipe()
    _ = fcntl(life.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    defer { withExtendedLifetime(life) {} }
    var processes: [Process] = []
    do { for shard in shards { processes.append(try start(shard, arguments, life)) } } catch {
      Self.stop(processes)
      throw error
    }
    if let failed = Self.firstFailure(of: processes) {
      Self.stop(processes)
      let shard = shards[failed]
      let log = (try? String(contentsOfFile: Self.log(results, shard), encoding: .utf8)) ?? ""
      Notice.print(
        "shard \(shard.number)/\(shard.count) failed; \(Self.log(results, shard)) ends with:\n"
          + log.split(separator: "\n").suffix(5).joined(separator: "\n"))
      throw ExitCode(processes[failed].terminationStatus)
    }
    let folders = shards.map { Self.folder(results, $0) }
    let report = try RunCollection(folders).write(to: directory, baseline: nil, formats: formats)
    try folders.forEach(movePoints)
    return report
  }

  /// Moves the results of a shard's points to where a single process would write them.
  private func movePoints(of folder: String) throws {
    let files = FileManager.default
    let points = "\(folder)/points"
    for point in (try? files.contentsOfDirectory(atPath: points)) ?? [] {
      let target = "\(results)/points/\(point)"
      try WholeFile.makeFolder("\(results)/points")
      if files.fileExists(atPath: target) { try files.removeItem(atPath: target) }
      try files.moveItem(atPath: "\(points)/\(point)", toPath: target)
    }
    try? files.removeItem(atPath: points)
  }

  /// Waits until all processes have ended or one has failed.
  static func firstFailure(of processes: [Process]) -> Int? {
    var running = Array(processes.indices)
    while !running.isEmpty {
      for place in running where !processes[place].isRunning {
        processes[place].waitUntilExit()
        if processes[place].terminationStatus != 0 { return place }
        running.removeAll { $0 == place }
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return nil
  }

  private static func stop(_ processes: [Process]) {
    for process in processes where process.isRunning { process.terminate() }
    for process in processes { process.waitUntilExit() }
  }

  private static func log(_ results: String, _ shard: Shard) -> String {
    "\(folder(results, shard)).log"
  }

  private func start(
    _ shard: Shard, _ arguments: [String], _ life: Pipe
  ) throws -> Process {
    let log = Self.log(results, shard)
    try WholeFile.write("", to: log)
    guard let output = FileHandle(forWritingAtPath: log) else {
      throw FileError.system(path: log, action: "open", code: errno)
    }
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments =
      Self.without(["--jobs", "--output", "--threads", "--memory"], arguments) + [
        "--shard", "\(shard.number)/\(shard.count)", "--output", Self.folder(results, shard),
        "--threads", "\(max(1, threads / jobs))", "--ends-with-input",
      ] + (memory.map { ["--memory", "\(max(1, $0 / jobs))"] } ?? [])
    process.standardInput = life.fileHandleForReading
    process.standardOutput = output
    process.standardError = output
    try process.run()
    Notice.print("shard \(shard.number)/\(shard.count): \(log)")
    return process
  }

  /// The arguments without some options and their values.
  static func without(_ options: [String], _ arguments: [String]) -> [String] {
    var kept: [String] = []
    var isValue = false
    for argument in arguments {
      if isValue {
        isValue = false
      } else if options.contains(argument) {
        isValue = true
      } else if !options.contains(where: { argument.hasPrefix($0 + "=") }) {
        kept.append(argument)
      }
    }
    return kept
  }
}

extension Shard: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
