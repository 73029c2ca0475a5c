package import Formats
import Foundation
import PythonText

/// Which of a file's rows become prompts.
package struct PromptSelection: Sendable, Hashable {
  package var rule: SelectionRule?
  /// Only rows about these groups; empty for all.
  package var groups: [String]
  /// Rows from the start of what is left; `nil` for all.
  package var limit: Int?
  /// Prompts of each group, drawn with `seed`; `nil` for all.
  package var perGroup: Int?
  package var seed: UInt64

  package init(
    rule: SelectionRule? = nil, groups: [String] = [], limit: Int? = nil, perGroup: Int? = nil,
    seed: UInt64 = 42
  ) {
    self.rule = rule
    self.groups = groups.map(DemographicGroups.canonical)
    self.limit = limit
    self.perGroup = perGroup
    self.seed = seed
  }
}

/// Prompts of a data set, with an account of what was left out.
package struct PromptSet: Sendable {
  package private(set) var prompts: [ToxicityPrompt] = []
  /// Sentences about rows that were left out and about how groups are spelled.
  package private(set) var notes: [String] = []
  /// The rows that the prompts are from, in the same order.
  package private(set) var rows: [Document] = []
  /// What was read: a pattern's files, or a folder's.
  package private(set) var files: [String] = []

  private var missingNumbers = 0
  private var unmatched = 0
  private var otherGroups = 0
  private var blank = 0
  /// Texts that were Python's literals of bytes.
  private var decoded = 0
  /// Group → spelling → rows, in the order of first appearance.
  private var spellings: [(group: String, spelling: String, count: Int)] = []
  private var spellingPositions: [String: Int] = [:]

  /// Reads and selects.
  ///
  /// - Parameter path: JSON Lines, JSON, CSV, TSV or Parquet, or a pattern of such files; for
  ///   `toxigen_prompts` a text file or a folder of them.
  /// - Throws: `ReadingError` for an unreadable file, `ToxicityError`.
  package init(
    path: String, source: PromptSource, selection: PromptSelection = PromptSelection()
  ) throws {
    let isText = source.name == PromptSource.toxiGenPrompts.name
    let files = isText ? try PromptFiles.files(path) : try Self.files(path)
    var rows: [Document] = []
    for file in files {
      let more = isText ? try PromptFiles.lines(file) : try DocumentFile.read(file)
      // Millions of rows need not be copied.
      if rows.isEmpty { rows = more } else { rows += more }
    }
    try self.init(rows: rows, path: path, source: source, selection: selection)
    self.files = files
  }

  /// Whether `path` is a pattern that stands for some files.
  package static func isPatternOfFiles(_ path: String) -> Bool {
    FilePattern.hasWildcards(path) && !FileTree.files(matching: path, in: "").isEmpty
  }

  /// The files that a pattern stands for; a path without wildcards is one file.
  private static func files(_ path: String) throws(ReadingError) -> [String] {
    guard FilePattern.hasWildcards(path), !FileTree.isFile(path) else { return [path] }
    let files = FileTree.files(matching: path, in: "")
    if files.isEmpty { throw .unreadable(path: path, problem: "no file is called like that") }
    return files
  }

  init(
    rows: [Document], path: String, source: PromptSource, selection: PromptSelection
  ) throws(ToxicityError) {
    for (index, row) in rows.enumerated() {
      do throws(TemplateFault) {
        try add(row, id: index, source, selection)
      } catch {
        throw .row(path: path, row: index + 1, problem: error.message)
      }
    }
    let known = Set(spellings.map(\.group))
    let missing = selection.groups.filter { !known.contains($0) }
    if !missing.isEmpty {
      throw .unknownGroups(missing, known: known.sorted())
    }
    if let count = selection.perGroup { draw(count, seed: selection.seed) }
    if let limit = selection.limit, limit < prompts.count {
      prompts.removeLast(prompts.count - limit)
      self.rows.removeLast(self.rows.count - limit)
    }
    notes = account(rows: rows.count, selection)
    if prompts.isEmpty { throw .noPrompts(path: path, notes: notes) }
  }

  private mutating func add(
    _ row: Document, id: Int, _ source: PromptSource, _ selection: PromptSelection
  ) throws(TemplateFault) {
    let row = try decoding(source.byteColumns, of: row)
    var prompt = try source.read(row)
    prompt.id = id
    if !prompt.groups.isEmpty { prompt.groups = prompt.groups.map { group($0) } }
    if let rule = selection.rule {
      guard let holds = try rule.holds(row) else {
        missingNumbers += 1
        return
      }
      guard holds else {
        unmatched += 1
        return
      }
    }
    if !selection.groups.isEmpty, !prompt.groups.contains(where: selection.groups.contains) {
      otherGroups += 1
      return
    }
    if !prompt.text.utf8.contains(where: { (0x21...0x7E).contains($0) }),
      prompt.text.stripped().isEmpty
    {
      blank += 1
      return
    }
    prompts.append(prompt)
    rows.append(row)
  }

  /// The row with the texts that its literals of bytes stand for.
  private mutating func decoding(
    _ columns: [String], of row: Document
  ) throws(TemplateFault) -> Document {
    var row = row
    for column in columns {
      guard let literal = row[column]?.stringValue, let text = try PythonBytes.text(literal)
      else { continue }
      row[column] = .string(text)
      decoded += 1
    }
    return row
  }

  /// The group that `spelling` means, counted.
  private mutating func group(_ spelling: String) -> String {
    if let position = spellingPositions[spelling] {
      spellings[position].count += 1
      return spellings[position].group
    }
    let group = DemographicGroups.canonical(spelling)
    spellingPositions[spelling] = spellings.count
    spellings.append((group, spelling, 1))
    return group
  }

  /// `count` prompts of each group at most, as open-instruct draws them: one generator shuffles group
  /// after group.
  private mutating func draw(_ count: Int, seed: UInt64) {
    var random = PythonRandom(seed: seed)
    var order: [String] = []
    var members: [String: [Int]] = [:]
    for (index, prompt) in prompts.enumerated() {
      let group = prompt.groups.first ?? ""
      if members[group] == nil { order.append(group) }
      members[group, default: []].append(index)
    }
    var drawn: [Int] = []
    for group in order {
      var own = members[group] ?? []
      random.shuffle(&own)
      drawn += own.prefix(count)
    }
    prompts = drawn.map { prompts[$0] }
    rows = drawn.map { rows[$0] }
  }

  // MARK: What was left out

  private func account(rows count: Int, _ selection: PromptSelection) -> [String] {
    var lines = ["\(prompts.count) prompts from \(count) rows"]
    if let rule = selection.rule {
      if unmatched > 0 { lines.append("\(unmatched) rows left out: not \(rule)") }
      if missingNumbers > 0 {
        lines.append("\(missingNumbers) rows left out: no number in '\(rule.column)'")
      }
    }
    if decoded > 0 {
      lines.append(
        "\(decoded) texts were written as Python shows bytes, b'…', and have been decoded from UTF-8"
      )
    }
    if otherGroups > 0 { lines.append("\(otherGroups) rows left out: about other groups") }
    if blank > 0 { lines.append("\(blank) rows left out: no text") }
    let chosen = count - unmatched - missingNumbers - otherGroups - blank
    if chosen > prompts.count {
      lines.append("\(chosen - prompts.count) rows left out: more than were asked for")
    }
    let unlabelled = prompts.count { $0.isToxic == nil }
    if unlabelled > 0 {
      lines.append(
        "\(unlabelled) prompts do not say whether they are toxic: counted in neither toxic nor benign prompts"
      )
    }
    let respelled = spellings.filter { $0.group != $0.spelling }
    if !respelled.isEmpty {
      let each = respelled.map {
        "'\($0.spelling.shown(limit: 40))' → \($0.group.shown(limit: 40)) (\($0.count))"
      }
      lines.append("groups: " + NameList.text(each, limit: 40, width: 120))
    }
    return lines
  }
}

/// ToxiGen's prompt files: a prompt a line, group and label in the file's name.
enum PromptFiles {
  /// - Parameter path: a file, or a folder whose `.txt` files are taken by name.
  static func files(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ReadingError.unreadable(path: path, problem: "there is no such file or folder")
    }
    guard isFolder.boolValue else { return [path] }
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      .filter { $0.hasSuffix(".txt") }.map { "\(path)/\($0)" }
  }

  static func lines(_ path: String) throws -> [Document] {
    var name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent[...]
    if name.hasSuffix("_1k") { name.removeLast(3) }
    guard let end = name.firstIndex(of: "_"), ["hate", "neutral"].contains(name[..<end]) else {
      throw ToxicityError.promptFileName(path: path)
    }
    let group = String(name[name.index(after: end)...])
    guard !group.isEmpty else { throw ToxicityError.promptFileName(path: path) }
    let data: [UInt8]
    do throws(ForeignFileFault) {
      data = try ForeignBytes.whole(path: path, limit: 1 << 28)
    } catch {
      throw ReadingError.unreadable(path: path, problem: error.problem)
    }
    let label = Value.string(String(name[..<end]))
    return data.split(separator: UInt8(ascii: "\n")).map { line in
      Document([
        ("text", .string(unescaped(String(decoding: line, as: UTF8.self)))),
        ("group", .string(group)), ("label", label),
      ])
    }
  }

  /// Line breaks are written `\n`, backslashes twice.
  private static func unescaped(_ line: String) -> String {
    line.stripped().replacingOccurrences(of: "\\\\", with: "\\")
      .replacingOccurrences(of: "\\n", with: "\n")
  }
}
