import Foundation

/// One reader with what its attempts share.
struct PreparedReader: Sendable {
  let reader: Reader
  let original: Files
  /// What the first command says and writes for the unspoilt input; for kept work only.
  var undisturbed: [[UInt8]]?
}

/// One spoilt input, made, read and judged.
struct Attempt {
  let prepared: PreparedReader
  let seed: UInt64
  let program: String
  var seconds = 10.0

  struct Result {
    var verdict: Verdict
    var child: ChildResult
    var files: Files
    var command: [String]
    /// Standard output, and the files that are compared.
    var made: [[UInt8]]
    var isCompared = false
  }

  /// - Parameter peer: what other libraries say about accepted inputs.
  func run(in workspace: Workspace, peer: PeerProcess?) throws -> Result {
    var random = Random(reader: prepared.reader.name, seed: seed)
    var files = prepared.original
    try prepared.reader.spoil(&files, &random)
    let command = random.pick(prepared.reader.commands)
    var result = try Self.run(
      files, command, prepared.reader, program, in: workspace, seconds: seconds)
    if result.verdict.accepted, let undisturbed = prepared.undisturbed, result.made != undisturbed {
      result.verdict.faults.append(
        (.unstable, "other results than the undisturbed run, without a word"))
    }
    guard result.verdict.accepted, let kind = prepared.reader.peer, let peer else { return result }
    switch try peer.compare(kind, workspace: workspace, command: command) {
    case .equal: result.isCompared = true
    case .differs(let why):
      result.isCompared = true
      result.verdict.faults.append((.differs, why))
    case .notCompared: break
    }
    return result
  }

  /// Runs `command` on `files` and holds what happens against the reader's promises.
  static func run(
    _ files: Files, _ command: [String], _ reader: Reader, _ program: String,
    in workspace: Workspace,
    seconds: Double
  ) throws -> Result {
    try workspace.clear()
    try files.write(to: workspace.input)
    let before = workspace.surroundings()
    let child = try Child(
      program: program, arguments: command, environment: workspace.environment,
      folder: workspace.input,
      outputFile: workspace.outputFile, errorFile: workspace.errorFile, seconds: seconds
    ).run()
    let verdict = Verdict(child, reader: reader, changes: workspace.changes(since: before))
    let written = reader.compared.map { path in
      [UInt8]((try? Data(contentsOf: URL(filePath: "\(workspace.input)/\(path)"))) ?? Data())
    }
    return Result(
      verdict: verdict, child: child, files: files, command: command, made: [child.output] + written
    )
  }
}

extension PreparedReader {
  /// Makes the unspoilt input and checks that it is read without a fault.
  ///
  /// - Throws: `FuzzError` when it is not: every attempt would then be refused for a reason of its own.
  init(_ reader: Reader, program: String, workspace: Workspace, seconds: Double) throws {
    self.reader = reader
    var files = try reader.original()
    for command in reader.preparation {
      _ = try Self.checked(files, command, reader, program, workspace, seconds)
      let tree = FileManager.default.enumerator(atPath: workspace.output)
      while let name = tree?.nextObject() as? String {
        guard tree?.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
        let url = URL(filePath: "\(workspace.output)/\(name)")
        files["../out/\(name)"] = [UInt8](try Data(contentsOf: url))
      }
    }
    for path in files.contents.keys where reader.discarded.contains(where: path.hasPrefix) {
      files.contents[path] = nil
    }
    original = files
    for command in reader.commands {
      let result = try Self.checked(files, command, reader, program, workspace, seconds)
      guard !result.made.dropFirst().contains([]) else {
        throw FuzzError.message("\(reader.name): not all of \(reader.compared) are written")
      }
      if reader.isKept, undisturbed == nil { undisturbed = result.made }
    }
  }

  private static func checked(
    _ files: Files, _ command: [String], _ reader: Reader, _ program: String,
    _ workspace: Workspace,
    _ seconds: Double
  ) throws -> Attempt.Result {
    // The first start of a program is slow, and kept work takes a while to be made.
    let result = try Attempt.run(
      files, command, reader, program, in: workspace, seconds: seconds * 6)
    // A check of right results may find a regression.
    let isRead = result.child.status == 0 || result.child.status == 1 && reader.statuses.contains(1)
    guard isRead, result.verdict.faults.isEmpty else {
      let faults = result.verdict.faults.map { "\($0.fault) (\($0.detail))" }.joined(
        separator: ", ")
      let errors = String(decoding: result.child.errors.prefix(1000), as: UTF8.self)
      throw FuzzError.message(
        "\(reader.name): the unspoilt input fails: \(command.joined(separator: " ")): "
          + "status \(result.child.status ?? -1) \(faults) \(errors)")
    }
    return result
  }
}
