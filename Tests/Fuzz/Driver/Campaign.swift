import Dispatch
import Foundation
import Synchronization

/// Many attempts by several workers, and what came of them.
final class Campaign: Sendable {
  struct Options: Sendable {
    var program: String
    var seeds: Range<UInt64>
    /// Seconds after which no attempt begins; nil for as many as there are seeds.
    var duration: Double?
    var workers: Int
    /// Folder for spoilt inputs that failed.
    var keep: String
    /// Whether inputs are kept that did not fail.
    var keepsAll = false
    var peers: String?
    /// Seconds that a command may take.
    var seconds: Double
  }

  private let options: Options
  private let tally = Mutex(Tally())
  private let next = Mutex(0)
  private let scratch: String
  private let start = Date()

  init(_ options: Options) throws {
    self.options = options
    // The path must not tell anything that error messages could be found to lack.
    scratch = FileManager.default.temporaryDirectory.appending(path: "fz-\(getpid())").path
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
  }

  /// Runs all attempts.
  ///
  /// - Returns: whether nothing failed.
  func run(_ readers: [Reader]) throws -> Bool {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    if let python = options.peers {
      let missing = try PeerProcess(python: python).missing()
      if !missing.isEmpty { say("not compared, as their libraries are not installed: \(missing)") }
    }
    let workspace = try Workspace(root: "\(scratch)/0")
    var prepared: [PreparedReader] = []
    for reader in readers {
      do {
        prepared.append(
          try PreparedReader(
            reader, program: options.program, workspace: workspace, seconds: options.seconds))
      } catch {
        tally.withLock { $0.cannotStart(reader.name, "\(error)") }
      }
    }
    let ready = prepared
    DispatchQueue.concurrentPerform(iterations: options.workers) { worker in
      do { try work(worker, ready) } catch {
        tally.withLock { $0.cannotStart("worker \(worker)", "\(error)") }
      }
    }
    return tally.withLock { tally in
      say(tally.table(readers.map(\.name)))
      return tally.isClean
    }
  }

  private func work(_ worker: Int, _ readers: [PreparedReader]) throws {
    let workspace = try Workspace(root: "\(scratch)/\(worker)")
    let peer = options.peers.map { PeerProcess(python: $0) }
    while let (reader, seed) = take(readers) {
      let attempt = Attempt(
        prepared: reader, seed: seed, program: options.program, seconds: options.seconds)
      let result = try attempt.run(in: workspace, peer: peer)
      let isNew = tally.withLock { $0.add(reader.reader.name, seed, result) }
      if isNew || options.keepsAll { try save(result, reader.reader.name, seed) }
    }
  }

  /// The next attempt: every reader with the first seed, then every reader with the second.
  private func take(_ readers: [PreparedReader]) -> (PreparedReader, UInt64)? {
    if let duration = options.duration, -start.timeIntervalSinceNow > duration { return nil }
    guard !readers.isEmpty else { return nil }
    let number = next.withLock { number in
      number += 1
      return number - 1
    }
    let seed = options.seeds.lowerBound + UInt64(number / readers.count)
    if options.duration == nil, seed >= options.seeds.upperBound { return nil }
    return (readers[number % readers.count], seed)
  }

  /// Keeps a failed input and how to run it.
  private func save(_ result: Attempt.Result, _ reader: String, _ seed: UInt64) throws {
    let folder = "\(options.keep)/\(reader)-\(seed)"
    try? FileManager.default.removeItem(atPath: folder)
    try result.files.write(to: "\(folder)/in")
    let words = result.command.map { "'\($0.replacing("'", with: "'\\''"))'" }.joined(
      separator: " ")
    let faults = result.verdict.faults.map { "\($0.fault): \($0.detail)" }.joined(separator: "\n")
    let text = """
      cd in && spunge-eval \(words)
      \(faults)
      status \(result.child.status ?? -1), signal \(result.child.signal ?? 0), \(result.child.seconds) s, \
      \(result.child.peakMemory >> 20) MiB
      --- standard error
      \(String(decoding: result.child.errors.prefix(4000), as: UTF8.self))
      --- standard output
      \(String(decoding: result.child.output.prefix(4000), as: UTF8.self))

      """
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/COMMAND.txt"))
    if options.keepsAll { say("kept in \(folder)") }
  }
}
