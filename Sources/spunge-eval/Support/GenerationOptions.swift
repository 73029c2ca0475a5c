import ArgumentParser
import Evaluation

/// Options that override how answers are generated.
struct GenerationOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Overrides the tasks' generation_kwargs: name=value,… or a JSON object.",
      valueName: "arguments"))
  var genKwargs: [String] = []

  func validate() throws { _ = try arguments() }

  func arguments() throws -> GenerationArguments {
    do { return try GenerationArguments(genKwargs) } catch {
      throw ValidationError("--gen-kwargs: \(error)")
    }
  }

  /// The task with its own arguments overridden by these.
  func applied(to task: EvaluationTask) throws -> EvaluationTask {
    let arguments = try arguments()
    return arguments.isEmpty
      ? task : try EvaluationTask(task.file.with(arguments), profile: task.profile)
  }
}
