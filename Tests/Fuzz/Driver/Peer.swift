import Foundation
import Glibc

/// Another library that reads the same kind of file.
enum Peer: String { case tokenizers, parquet, gguf, template, regex }

/// A Python process that compares what the program printed with what other libraries make of the same input.
///
/// It is asked by one JSON object a line and answers by one; see `peers.py`.
final class PeerProcess {
  private let python: String
  private var process: Process?
  private var toPeer = Pipe()
  private var fromPeer = Pipe()

  init(python: String) { self.python = python }

  deinit { process?.terminate() }

  enum Comparison {
    case equal
    case differs(String)
    /// The peer refuses the input, hangs or dies.
    case notCompared
  }

  /// Holds what a command printed and wrote against the peer.
  func compare(_ peer: Peer, workspace: Workspace, command: [String]) throws -> Comparison {
    let question = [
      "peer": peer.rawValue, "input": workspace.input, "output": workspace.outputFile,
      "written": workspace.output, "command": command.joined(separator: " "),
    ]
    guard let answer = try ask(question) else { return .notCompared }
    if let why = answer["differs"] { return .differs(why) }
    return answer["refused"] == nil ? .equal : .notCompared
  }

  /// Peers whose libraries are not installed.
  ///
  /// - Throws: `FuzzError` when Python does not answer at all.
  func missing() throws -> String {
    guard let answer = try ask(["peer": "missing"]) else {
      throw FuzzError.message("SPUNGE_PEERS: \(python) does not run Tests/Fuzz/peers.py")
    }
    return answer["missing"] ?? ""
  }

  /// One question and its answer; nil from a peer that hangs or dies.
  private func ask(_ question: [String: String]) throws -> [String: String]? {
    if process?.isRunning != true { try start() }
    let line = try JSONSerialization.data(withJSONObject: question) + [UInt8(ascii: "\n")]
    try? toPeer.fileHandleForWriting.write(contentsOf: line)
    guard let answer = try readLine(seconds: 20) else {
      process?.terminate()
      process = nil
      return nil
    }
    return try JSONSerialization.jsonObject(with: answer) as? [String: String]
  }

  private func start() throws {
    let process = Process()
    (toPeer, fromPeer) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: python)
    process.arguments = [Fixture.repository.appending(path: "Tests/Fuzz/peers.py").path]
    process.standardInput = toPeer
    process.standardOutput = fromPeer
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
  }

  /// One line of the answer; nil after `seconds` or at its end.
  private func readLine(seconds: Double) throws -> Data? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    let file = fromPeer.fileHandleForReading
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      let left = deadline.timeIntervalSinceNow
      var waiting = pollfd(fd: file.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&waiting, 1, Int32(left * 1000)) > 0 else { return nil }
      let more = file.availableData
      guard !more.isEmpty else { return nil }
      line += more
    }
    return line
  }
}
