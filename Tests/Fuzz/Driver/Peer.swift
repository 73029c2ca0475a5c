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

  /// What differs; nil when nothing does, or when the peer refuses the input or is not installed.
  func difference(_ peer: Peer, workspace: Workspace, command: [String]) throws -> String? {
    if process?.isRunning != true { try start() }
    let question = [
      "peer": peer.rawValue, "input": workspace.input, "output": workspace.outputFile,
      "written": workspace.output, "command": command.joined(separator: " "),
    ]
    let line = try JSONSerialization.data(withJSONObject: question) + [UInt8(ascii: "\n")]
    try toPeer.fileHandleForWriting.write(contentsOf: line)
    guard let answer = try readLine(seconds: 20) else {
      // A peer that hangs or dies is no fault of ours.
      process?.terminate()
      process = nil
      return nil
    }
    let object = try JSONSerialization.jsonObject(with: answer) as? [String: Any]
    return object?["differs"] as? String
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
