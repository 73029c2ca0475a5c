/// Counts attempts and faults, and prints each kind of failure a few times.
struct Tally {
  private struct Row {
    var tries = 0
    var accepted = 0
    var faults: [Fault: Int] = [:]
  }

  private var rows: [String: Row] = [:]
  /// How often a fault of a reader was printed.
  private var printed: [String: Int] = [:]
  private var broken: [String] = []

  /// Of each fault of a reader, so many are printed and kept.
  private static let mostPrinted = 8

  var isClean: Bool { broken.isEmpty && rows.values.allSatisfy { $0.faults.isEmpty } }

  mutating func cannotStart(_ name: String, _ reason: String) {
    broken.append(name)
    say("BROKEN  \(reason)")
  }

  /// - Returns: whether the input is worth keeping.
  mutating func add(_ reader: String, _ seed: UInt64, _ result: Attempt.Result) -> Bool {
    rows[reader, default: Row()].tries += 1
    if result.verdict.accepted { rows[reader, default: Row()].accepted += 1 }
    var isNew = false
    for (fault, detail) in result.verdict.faults {
      rows[reader, default: Row()].faults[fault, default: 0] += 1
      let count = printed["\(reader) \(fault)", default: 0]
      printed["\(reader) \(fault)"] = count + 1
      guard count < Self.mostPrinted else { continue }
      isNew = true
      say("FAILED  --reader \(reader) --seed \(seed)  \(fault): \(detail)")
    }
    return isNew
  }

  /// Markdown: readers by tries, accepted inputs and faults of each kind.
  func table(_ readers: [String]) -> String {
    let seen = Fault.allCases.filter { fault in rows.values.contains { $0.faults[fault] != nil } }
    var lines = [
      "| reader | tries | accepted |" + seen.map { " \($0) |" }.joined(),
      "|---|---:|---:|" + seen.map { _ in "---:|" }.joined(),
    ]
    for reader in readers {
      let row = rows[reader, default: Row()]
      lines.append(
        "| \(reader) | \(row.tries) | \(row.accepted) |"
          + seen.map { " \(row.faults[$0, default: 0]) |" }.joined())
    }
    let all = rows.values
    lines.append(
      "| all | \(all.reduce(0) { $0 + $1.tries }) | \(all.reduce(0) { $0 + $1.accepted }) |"
        + seen.map { fault in " \(all.reduce(0) { $0 + $1.faults[fault, default: 0] }) |" }.joined())
    return lines.joined(separator: "\n")
  }
}
