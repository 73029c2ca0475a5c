import Formats

/// Runs a program on one text, trying the ways to match in Python's order.
struct RegexMatcher {
  private static let stackLimit = 4_000_000

  /// Something to do differently, or to undo, when what was tried fails.
  private enum Frame {
    case choice(instruction: Int, position: Int)
    /// A greedy run behind which `instruction` follows, and which may give back code points.
    case run(instruction: Int, position: Int, least: Int)
    case lazyRun(instruction: Int, set: Int, position: Int, most: Int)
    case restore(slot: Int, value: Int)
    /// Where this is gone back to, everything behind an instruction at a position has failed.
    case failed(memo: Int)
  }

  let text: [Unicode.Scalar]
  private let program: RegexProgram
  private let leading: RegexSet?
  /// Positions; −1 where nothing has matched.
  private(set) var slots: [Int]
  private var stack: [Frame] = []
  private(set) var steps = 0
  private let stepLimit: Int
  /// Steps from which failures are remembered: most patterns need far fewer.
  private var patience: Int
  private var memo: RegexMemo?
  private let hasOnlyASCII: Bool
  /// Where the search for the current match begins, if the match may not be empty there.
  private var forbiddenEnd = -1

  init(
    _ program: RegexProgram, leading: RegexSet?, text: [Unicode.Scalar], stepLimit: Int
  ) {
    self.program = program
    self.leading = leading
    self.text = text
    self.stepLimit = stepLimit
    patience = program.memo == nil ? .max : 20_000 + 4 * text.count
    hasOnlyASCII = text.allSatisfy(\.isASCII)
    slots = Array(repeating: -1, count: program.slotCount)
  }

  /// Finds the first match that begins at `start` or later; its bounds are in `slots`.
  ///
  /// - Parameter mustAdvance: whether the match may not be empty if it begins at `start`.
  mutating func search(from start: Int, mustAdvance: Bool) throws(TemplateFault) -> Bool {
    for slot in slots.indices { slots[slot] = -1 }
    steps += slots.count
    for position in start...text.count {
      if let leading {
        steps += cost(of: leading)
        guard position < text.count else { return false }
        guard leading.contains(text[position]) else { continue }
      }
      forbiddenEnd = mustAdvance && position == start ? start : -1
      if let end = try run(0, at: position) {
        (slots[0], slots[1]) = (position, end)
        stack.removeAll(keepingCapacity: true)
        return true
      }
      if program.beginsWithAnything, forbiddenEnd < 0 { return false }
    }
    return false
  }

  // MARK: Machine

  /// Runs from an instruction until `accept`.
  ///
  /// - Returns: where the match ends. What can still be tried differently is left on the stack.
  private mutating func run(
    _ first: Int, at start: Int
  ) throws(TemplateFault) -> Int? {
    let floor = stack.count
    var (next, position) = (first, start)
    while true {
      steps += 1
      guard steps < stepLimit, stack.count < Self.stackLimit else {
        throw TemplateFault(
          "it takes too long on a text of \(text.count) characters that begins with "
            + "'\(String(scalars: text.prefix(60)).shown(limit: 40))'; simplify it: repetitions "
            + "inside repetitions and back-references are dear")
      }
      if steps > patience, memo == nil, let layout = program.memo {
        memo = RegexMemo(rowCount: layout.rowCount, textCount: text.count)
        if memo == nil { patience = .max }
      }
      let matches: Bool
      switch program.instructions[next] {
      case .accept:
        if floor > 0 || position != forbiddenEnd { return position }
        matches = false
      case .jump(let target):
        next = target
        continue
      case .split(let preferred, let other):
        if memo != nil, !isNew(next, at: position) {
          matches = false
          break
        }
        stack.append(.choice(instruction: other, position: position))
        next = preferred
        continue
      case .leaveIfStuck(let slot, let exit):
        next = slots[slot] == position ? exit : next + 1
        continue
      case .unlessMatched(let group, let other):
        next = slots[2 * group + 1] < 0 ? other : next + 1
        continue
      case .save(let slot):
        stack.append(.restore(slot: slot, value: slots[slot]))
        slots[slot] = position
        matches = true
      case .literal(let scalar):
        matches = position < text.count && text[position] == scalar
        if matches { position += 1 }
      case .one(let set):
        steps += cost(of: program.sets[set]) - 1
        matches = position < text.count && program.sets[set].contains(text[position])
        if matches { position += 1 }
      case .run(let set, let minimum, let maximum, let greed):
        let isOver =
          memo == nil ? nil : memoisedRun(set, minimum, maximum, greed, next, &position)
        matches = isOver ?? takeRun(set, minimum, maximum, greed, next + 1, &position)
      case .position(let kind): matches = holds(kind, at: position)
      case .backreference(let group, let ignoresCase):
        matches = takeGroup(group, ignoresCase, &position)
      case .look(let end, let width, let isAhead, let isNegated):
        matches = try look(next + 1, from: isAhead ? position : position - width, isNegated)
        if matches { next = end - 1 }
      case .atomic(let end):
        let stop = try enclosed(next + 1, at: position, keepsSlots: true)
        if let stop { (position, next) = (stop, end - 1) }
        matches = stop != nil
      }
      if matches {
        next += 1
      } else if let resumed = back(to: floor) {
        (next, position) = resumed
      } else {
        return nil
      }
    }
  }

  /// Undoes what was done since the last choice above `floor` and takes the other way.
  private mutating func back(to floor: Int) -> (instruction: Int, position: Int)? {
    while stack.count > floor, let frame = stack.popLast() {
      switch frame {
      case .restore(let slot, let value): slots[slot] = value
      case .failed(let index): memo?.insert(index)
      case .choice(let instruction, let position): return (instruction, position)
      case .run(let instruction, var position, let least):
        position -= 1
        if case .literal(let scalar) = program.instructions[instruction] {
          // Only where the next code point fits is it worth going on.
          while position >= least, text[position] != scalar {
            position -= 1
            steps += 1
          }
        }
        guard position >= least else { continue }
        stack.append(.run(instruction: instruction, position: position, least: least))
        return (instruction, position)
      case .lazyRun(let instruction, let set, let position, let most):
        guard position < most, program.sets[set].contains(text[position]) else { continue }
        stack.append(
          .lazyRun(instruction: instruction, set: set, position: position + 1, most: most))
        return (instruction, position + 1)
      }
    }
    return nil
  }

  private mutating func takeRun(
    _ set: Int, _ minimum: Int, _ maximum: Int, _ greed: RegexNode.Greed, _ following: Int,
    _ position: inout Int
  ) -> Bool {
    guard minimum <= text.count - position else { return false }
    let most = maximum < text.count - position ? position + maximum : text.count
    let wanted = greed == .lazy ? position + minimum : most
    let least = position + minimum
    var end = position
    while end < wanted, program.sets[set].contains(text[end]) { end += 1 }
    steps += (end - position) * cost(of: program.sets[set])
    guard end >= least else { return false }
    position = end
    switch greed {
    case .possessive: break
    case .greedy:
      if end > least { stack.append(.run(instruction: following, position: end, least: least)) }
    case .lazy:
      stack.append(.lazyRun(instruction: following, set: set, position: end, most: most))
    }
    return true
  }

  private mutating func takeGroup(
    _ group: Int, _ ignoresCase: Bool, _ position: inout Int
  ) -> Bool {
    let (start, end) = (slots[2 * group], slots[2 * group + 1])
    guard start >= 0, end >= start, end - start <= text.count - position else { return false }
    for offset in 0..<end - start {
      steps += ignoresCase && !hasOnlyASCII ? 40 : 1
      let (left, right) = (text[start + offset], text[position + offset])
      guard left == right || ignoresCase && Self.differInCaseOnly(left, right) else { return false }
    }
    position += end - start
    return true
  }

  private static func differInCaseOnly(_ left: Unicode.Scalar, _ right: Unicode.Scalar) -> Bool {
    if left.isASCII, right.isASCII {
      return left.value ^ right.value == 0x20 && (0x61...0x7a).contains(left.value | 0x20)
    }
    return left.caseVariants.contains(right)
  }

  /// Steps for asking whether a code point is in a set.
  private func cost(of set: RegexSet) -> Int { hasOnlyASCII ? 1 : set.cost }

  // MARK: Memory

  private func memoIndex(_ instruction: Int, at position: Int) -> Int? {
    guard let layout = program.memo else { return nil }
    return memo?.index(
      row: layout.row(instruction, at: position, slots: slots), position: position)
  }

  /// False where an instruction has failed before; else its failure will be remembered.
  private mutating func isNew(_ instruction: Int, at position: Int) -> Bool {
    guard let index = memoIndex(instruction, at: position), let memo else { return true }
    if memo.contains(index) { return false }
    stack.append(.failed(memo: index))
    return true
  }

  /// What is known about a run without trying it: all that it could leave to what follows it, a run that begins beside
  /// it has left before, but for the shortest.
  ///
  /// - Returns: whether it matches; `nil` when that has to be tried.
  private mutating func memoisedRun(
    _ set: Int, _ minimum: Int, _ maximum: Int, _ greed: RegexNode.Greed, _ instruction: Int,
    _ position: inout Int
  ) -> Bool? {
    guard isNew(instruction, at: position) else { return false }
    guard maximum == .max, greed != .possessive, program.memo?.standsAlone(instruction) == true
    else { return nil }
    func isIn(_ index: Int) -> Bool { program.sets[set].contains(text[index]) }
    func hasFailed(_ neighbour: Int) -> Bool {
      memoIndex(instruction, at: neighbour).map { memo?.contains($0) ?? false } ?? false
    }
    if position > 0, isIn(position - 1), hasFailed(position - 1) { return false }
    guard position < text.count, isIn(position), hasFailed(position + 1) else { return nil }
    let least = position + min(minimum, text.count)
    steps += minimum < text.count ? minimum : 0
    guard least <= text.count, (position..<least).allSatisfy(isIn) else { return false }
    position = least
    return true
  }

  // MARK: Parts run on their own

  private mutating func look(
    _ first: Int, from start: Int, _ isNegated: Bool
  ) throws(TemplateFault) -> Bool {
    guard start >= 0 else { return isNegated }
    let end = try enclosed(first, at: start, keepsSlots: !isNegated)
    return (end == nil) == isNegated
  }

  /// Runs a body whose choices are settled once it has matched.
  private mutating func enclosed(
    _ first: Int, at start: Int, keepsSlots: Bool
  ) throws(TemplateFault) -> Int? {
    // A frame that nothing goes back to: the body is not the whole pattern.
    stack.append(.restore(slot: 0, value: slots[0]))
    let floor = stack.count
    let end = try run(first, at: start)
    guard end != nil else { return nil }
    let left = Array(stack[floor...])
    stack.removeLast(left.count)
    for frame in keepsSlots ? left : left.reversed() {
      guard case .restore(let slot, let value) = frame else { continue }
      if keepsSlots { stack.append(frame) } else { slots[slot] = value }
    }
    return end
  }

  private func holds(_ kind: RegexNode.Position, at position: Int) -> Bool {
    switch kind {
    case .textStart: return position == 0
    case .textEnd: return position == text.count
    case .lastLineEnd:
      return position == text.count || position == text.count - 1 && text[position] == "\n"
    case .lineStart: return position == 0 || text[position - 1] == "\n"
    case .lineEnd: return position == text.count || text[position] == "\n"
    case .wordBoundary(let isNegated, let asciiOnly):
      func isWord(_ index: Int) -> Bool {
        text.indices.contains(index)
          && RegexSet.Category.word.contains(text[index], asciiOnly: asciiOnly)
      }
      return !text.isEmpty && (isWord(position - 1) != isWord(position)) != isNegated
    }
  }
}
