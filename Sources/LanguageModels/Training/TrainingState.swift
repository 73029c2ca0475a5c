package import Formats
import Foundation
import Tensors

/// A training run on disk: parameters, the optimizer's moments and how many steps were taken.
///
/// One safetensors file in float32, replaced as a whole, so that the last good state is always there. A
/// run that takes it up continues to the bit, on the same number of threads. A checksum over everything says
/// whether it is as it was written.
package enum TrainingState {
  /// Writes the state of a run that steps over `tensors`.
  /// - Parameters:
  ///   - steps: taken so far.
  ///   - run: what the run depends on (settings, data, seed), as a digest or text; a state of another run is
  ///     refused.
  ///   - notes: what else the run needs to go on.
  /// - Throws: `TrainingStateError.nonFinite` when a number is not finite, leaving the former state; `FileError`.
  static func write(
    _ tensors: [(name: String, tensor: Tensor)], steps: Int, run: String,
    notes: [String: String] = [:], to path: String
  ) throws {
    for (name, tensor) in tensors
    where !MergingKernels.allFinite(UnsafeBufferPointer(tensor.elements)) {
      throw TrainingStateError.nonFinite(tensor: name, step: steps - 1, kept: path)
    }
    var metadata = notes.merging(["steps": "\(steps)", "run": run]) { $1 }
    var check = StateChecksum(metadata)
    for (name, tensor) in tensors {
      check.add(name)
      check.add(UnsafeRawBufferPointer(tensor.elements))
    }
    metadata[checkKey] = check.text
    try SafetensorsWriter.write(
      MemoryCheckpoint(tensors), to: path, metadata: metadata
    ) { _ in .float32 }
  }

  private static let checkKey = "check"

  /// Fills `tensors` from the state at `path`, if there is one.
  /// - Parameter notes: names of the notes that it may have.
  /// - Returns: steps taken so far and the notes; `nil` without a state.
  /// - Throws: `TrainingStateError`, or what reading throws.
  static func restore(
    _ tensors: [(name: String, tensor: Tensor)], run: String, notes: Set<String> = [],
    from path: String
  ) throws -> (steps: Int, notes: [String: String])? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file: SafetensorsFile
    do { file = try SafetensorsFile(path: path) } catch {
      throw TrainingStateError.unreadable(path: path, reason: "\(error)")
    }
    try check(file, tensors, notes, path: path)
    guard file.metadata["run"] == run, let steps = file.metadata["steps"].flatMap({ Int($0) }),
      steps >= 0, file.tensors.count == tensors.count,
      tensors.allSatisfy({ name, tensor in
        let stored = file.description(of: name)
        return stored?.shape == tensor.shape && stored?.storedType == FloatFormat.float32.rawValue
      })
    else { throw TrainingStateError.otherRun(path: path) }
    for (name, tensor) in tensors {
      // Piece by piece, so that little of the file is in memory beside the tensor.
      var rest = UnsafeMutableRawBufferPointer(tensor.elements)
      _ = try file.copyStored(name, as: .float32) { piece in
        rest.copyMemory(from: piece)
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[piece.count...])
      }
    }
    return (steps, file.metadata)
  }

  /// Holds a state against its checksum; earlier versions wrote none.
  private static func check(
    _ file: SafetensorsFile, _ tensors: [(name: String, tensor: Tensor)], _ notes: Set<String>,
    path: String
  ) throws {
    guard file.metadata["run"] != nil else { throw TrainingStateError.otherRun(path: path) }
    var metadata = file.metadata
    guard let expected = metadata.removeValue(forKey: checkKey) else {
      guard Set(metadata.keys).isSubset(of: notes.union(["steps", "run"])) else {
        throw TrainingStateError.damaged(path: path)
      }
      return
    }
    // In the order in which they were written; another run's tensors are its own business.
    guard tensors.allSatisfy({ file.description(of: $0.name) != nil }) else {
      throw TrainingStateError.otherRun(path: path)
    }
    var check = StateChecksum(metadata)
    for (name, _) in tensors {
      check.add(name)
      _ = try file.copyStored(name, as: .float32) { check.add($0) }
    }
    guard check.text == expected else { throw TrainingStateError.damaged(path: path) }
  }

  /// Lets `train` take up a state; one that is damaged is removed, and the training starts anew.
  ///
  /// - Parameters:
  ///   - isOurs: whether whatever is in the state's place may be removed, because nobody else writes there.
  ///   - note: is told.
  package static func startingAnew<Result>(
    isOurs: Bool = true, _ note: (String) -> Void, _ train: () throws -> Result
  ) throws -> Result {
    do { return try train() } catch let error as TrainingStateError {
      let place: String
      switch error {
      case .damaged(let path): place = path
      case .unreadable(let path, _) where isOurs: place = path
      case .otherRun(let path) where isOurs: place = path
      default: throw error
      }
      note("\(error)\nit is removed, and the training starts anew")
      guard unlink(place) == 0 else {
        throw FileError.system(path: place, action: "remove", code: errno)
      }
      return try train()
    }
  }
}

/// Why a training state cannot be written or taken up.
package enum TrainingStateError: ExitingError, CustomStringConvertible, Equatable {
  case otherRun(path: String)
  /// Its content is not what was written.
  case damaged(path: String)
  case unreadable(path: String, reason: String)
  case nonFinite(tensor: String, step: Int, kept: String)

  package var blame: Blame {
    if case .nonFinite = self { .run } else { .input }
  }

  package var description: String {
    switch self {
    case .otherRun(let path):
      "\(path.shown(limit: 500)): this training state belongs to a run with other settings, data or seed; give the same "
        + "ones to resume it, or remove it to start anew"
    case .damaged(let path):
      "\(path.shown(limit: 500)): this training state is not as it was written (damaged or edited)"
    case .unreadable(let path, let reason):
      "\(reason)\n\(path) is the state of a training that was stopped: remove it, and the training starts anew"
    case .nonFinite(let tensor, let step, let kept):
      "step \(step): '\(tensor)' is not finite; lower the learning rate. \(kept) keeps the last good state, "
        + "if one was written"
    }
  }
}
