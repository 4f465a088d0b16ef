"""Names that parents give, in many countries. None that is a usual word, a month or a town as well."""

from typing import Final

from contexts.words import each

GIVEN: Final = each(
    """
    Aaron Abdul Abigail Ada Adam Adrian Agnes Ahmed Aidan Aisha Alan Albert Alejandro Alex Alexander Alexandra Alexis
    Alfred Ali Alice Alicia Alina Alison Allen Amanda Amelia Amina Amir Amit Amy Ana Anastasia Anders Andre Andrea
    Andreas Andrew Andy Angela Anil Anita Anja Anjali Ann Anna Anne Annie Antoine Anton Antonio Anthony Arjun Arnold
    Arthur Arturo Ashley Astrid Aurelie Ava Ayesha Barbara Beatrice Beatrix Ben Benjamin Bernard Bernd Beth Betty
    Björn Bob Boris Brandon Brenda Brian Bridget Bruce Bruno Caleb Camille Carl Carla Carlos Carmen Carol Caroline
    Caterina Catherine Cecilia Charles Chloe Chris Christian Christina Christine Christoph Christopher Claire Clara
    Claudia Claudio Clemens Colin Connor Craig Cynthia Daniel Daniela Danielle David Deborah Deepak Denis Dennis
    Derek Diana Diego Dieter Dimitri Dmitri Dolores Dominic Donald Donna Doris Dorothy Douglas Dylan Edgar Edith
    Eduardo Edward Edwin Eileen Elena Eleanor Eli Elias Elif Elisabeth Elizabeth Ella Ellen Elliot Elsa Elvira Emil
    Emily Emma Emmanuel Enrique Eric Erica Erik Erika Ernest Esra Esther Ethan Eugene Eva Evelyn Fabian Fatima Felix
    Fernando Filip Fiona Francesca Francesco Francis Francisco Franz François Fred Frederick Friedrich Fritz Gabriel
    Gabriela Gary Gemma Geoffrey George Gerald Gerhard Gianluca Giovanni Giulia Giuseppe Gloria Gordon Graham Greg
    Gregory Grace Greta Guido Guillermo Gustav Hamza Hannah Hans Harold Harry Hassan Heather Hector Heidi Heike Heinrich
    Helen Helena Helga Henri Henrik Henry Herbert Hiroshi Holger Howard Hugo Ian Ibrahim Igor Ingrid Irene Irina
    Isaac Isabel Isabella Isabelle Ivan Jack Jacob Jacqueline Jacques Jake Jakob James Jamie Jan Jane Janet Janine Jason
    Javier Jean Jeff Jeffrey Jennifer Jeremy Jerry Jessica Jesús Jill Jim Joachim Joan Joanna Joao Joe Joel Johan
    Johanna Johannes John Johnny Jon Jonas Jonathan Jorge Jose Joseph Joshua José Juan Judith Julia Julian Juliane
    Julie Julien Juliette Jürgen Kai Karen Karin Karl Karolina Kate Katharina Katherine Kathleen Katie Katja Keiko
    Keith Kelly Ken Kenji Kenneth Kevin Khalid Klaus Klara Kristin Kristina Krzysztof Kumar Kurt Kyle Lara Larry
    Lars Laszlo Laura Lauren Lea Leah Lena Leo Leon Leonard Leonardo Leslie Liam Lidia Lina Linda Lisa Logan Lorenzo
    Louis Louise Luca Lucas Lucia Lucy Luigi Luis Lukas Lukasz Lydia Maciej Madeleine Magdalena Magnus Malik Manfred
    Manuel Marc Marco Marcus Margaret Margit Maria Mariam Marie Marina Mario Marion Marjan Markus Marta Martha
    Martin Martina Mary Mateo Mathias Mathilde Matt Matteo Matthew Matthias Maureen Maurice Max Maximilian Maya
    Megan Mehmet Mei Melanie Melissa Mercedes Michael Michel Michelle Miguel Mikael Mike Mila Milan Miriam Mohamed
    Mohammed Monica Monika Muhammad Mustafa Nadia Nadine Nancy Naomi Natalia Natalie Natasha Nathan Neha Neil
    Nicholas Nick Nicola Nicolas Nicole Nigel Nikita Nikolai Nils Nina Noah Noel Nora Norbert Norman Olaf Oleg Olga
    Oliver Olivia Omar Oscar Oskar Otto Owen Pablo Pamela Paola Paolo Patricia Patrick Paul Paula Pavel Pawel Pedro
    Peggy Peter Petra Philip Philipp Philippe Phoebe Pierre Piotr Priya Rachel Rafael Rainer Raj Rajesh Ralf Ralph
    Ramon Raquel Raymond Rebecca Reinhard Renata Renate Ricardo Richard Rita Robert Roberta Roberto Robin Rodrigo
    Roger Roland Rolf Ronald Rosa Rosemary Roy Rüdiger Rudolf Rupert Russell Ruth Ryan Sabine Salma Salvatore
    Sam Samantha Samir Samuel Sandra Sanjay Sara Sarah Satoshi Scott Sean Sebastian Serge Sergei Sergio Shannon
    Sharon Sheila Shreya Silvia Simon Simone Sofia Sonja Sophia Sophie Stefan Stefanie Stephanie Stephen Steve
    Steven Stuart Sunil Susan Susanne Suzanne Sven Svetlana Sylvia Takashi Tamara Tanja Tariq Tatiana Ted Teresa
    Terry Theo Theodor Theresa Thomas Tim Timothy Tina Tobias Todd Tom Tomas Tomasz Tony Tracy Ulrich Ulrike Ursula
    Uwe Valentina Valerie Vanessa Vera Veronica Veronika Vijay Viktor Vincent Vincenzo Viola Virginie Vladimir
    Walter Wanda Wayne Wendy Werner Wilhelm William Wolfgang Xavier Yasmin Yolanda Yuki Yuri Yusuf Yves Yvonne
    Zachary Zoe Zoltan
    """
)
